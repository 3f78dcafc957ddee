// What this page was told about its officer; gateway/kit/page/shape.py says what each member is.

export const kit = JSON.parse(document.getElementById("kit").textContent);

export const isReady = kit.version === 1;
