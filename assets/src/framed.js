// Inside a frame of another site: tells the site how high the page is, and nothing else.
if (window.parent !== window) {
  const tell = () => window.parent.postMessage({ steward: "height", height: Math.ceil(document.documentElement.getBoundingClientRect().height) }, "*");
  new ResizeObserver(tell).observe(document.documentElement);
  window.addEventListener("load", tell);
}
