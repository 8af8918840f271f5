"""What was found, as files: one file of code for each kind of them.

`ResultWriter` gives each of these every image, and every frame of a video.
"""
