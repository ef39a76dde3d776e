// Text in the chosen elements whose contrast to its background is below 4.5, by the formula of WCAG 2.
selector => {
    const channel = value => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    };
    const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    // a canvas understands every notation of a colour
    const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = text => {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = text;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b, alpha] = pen.getImageData(0, 0, 1, 1).data;
        return [r, g, b, alpha / 255];
    };
    const over = ([r, g, b, a], below) =>
        [r, g, b].map((value, i) => value * a + below[i] * (1 - a));
    // the shape of a drawing that lies below a point of its text
    const shapeBelow = element => {
        const { left, top, width, height } = element.getBoundingClientRect();
        const stack = document.elementsFromPoint(left + width / 2, top + height / 2);
        const shapes = stack.filter(e => e instanceof SVGGeometryElement && getComputedStyle(e).fill !== "none");
        return shapes.length ? getComputedStyle(shapes[0]).fill : null;
    };
    const background = element => {
        const layers = [];
        if (element instanceof SVGElement) {
            element.scrollIntoView({ block: "center" });
            const fill = shapeBelow(element);
            if (fill) layers.push(rgba(fill));
        }
        for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
        return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
    };
    const faults = [];
    for (const root of document.querySelectorAll(selector)) {
        for (const element of root.querySelectorAll("*")) {
            const own = [...element.childNodes].filter(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
            const style = getComputedStyle(element);
            const box = element.getBoundingClientRect();
            if (!own.length || style.visibility === "hidden" || box.width < 2 || element.closest("title, style, script"))
                continue;
            const below = background(element);
            const paint = element instanceof SVGElement ? style.fill : style.color;
            const [light, dark] = [luminance(over(rgba(paint), below)), luminance(below)].sort((a, b) => b - a);
            const contrast = (light + 0.05) / (dark + 0.05);
            if (contrast < 4.5)
                faults.push(`${own[0].data.trim().slice(0, 30)}: ${paint} on ${below.map(Math.round)}: ${contrast.toFixed(2)}`);
        }
    }
    return [...new Set(faults)];
}
