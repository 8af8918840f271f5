"""Prints what the changelog says of its newest release, for GitHub."""

from tests.release import version


def main():
    changelog = (version.ROOT / version.CHANGELOG).read_text(encoding="utf-8")
    print(notes(changelog))


def notes(changelog):
    """The text below the newest release's heading."""
    found = version.HEAD.search(changelog)
    text = changelog[found.end() :]
    return text.partition("\n## ")[0].strip()


if __name__ == "__main__":
    main()
