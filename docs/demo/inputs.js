// What the visitor chooses with.

/** Radio buttons, one for each model. */
export function offerModels(fieldset, models, onChoice) {
  models.forEach((model, index) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "model", value: index });
    input.checked = index === 0;
    input.addEventListener("change", () => onChoice(model));
    label.append(input, ` ${model.title}`);
    fieldset.append(label);
  });
}

/** Buttons with the example images of a model; these images. */
export function offerExamples(place, model, assets, onChoice) {
  const pictures = model.examples.map((name, index) => {
    const picture = document.createElement("img");
    picture.src = new URL(name, assets);
    picture.alt = `Example ${index + 1}`;
    return picture;
  });
  const buttons = pictures.map((picture) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(picture);
    button.addEventListener("click", () => onChoice(picture));
    return button;
  });
  place.replaceChildren(...buttons);
  return pictures;
}

/** Files from the disk: chosen, or dropped anywhere on the demo. */
export function acceptFiles(demo, input, onFile) {
  input.addEventListener("change", () => {
    if (input.files.length) onFile(input.files[0]);
    input.value = ""; // so that the same file can be chosen again
  });
  for (const name of ["dragover", "dragleave", "drop"]) {
    demo.addEventListener(name, (event) => {
      event.preventDefault();
      demo.classList.toggle("demo--over", name === "dragover");
    });
  }
  demo.addEventListener("drop", ({ dataTransfer }) => {
    if (dataTransfer.files.length) onFile(dataTransfer.files[0]);
  });
}
