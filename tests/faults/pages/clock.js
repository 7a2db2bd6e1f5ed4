// Lets the page's time run faster: Date, performance.now and timers. The same moment is the same on every page, so
// that no clock is ever set back. Timeouts of the browser itself (AbortSignal.timeout, the network) stay as they are.
(() => {
  const speed = {{speed}};
  const start = {{start}};
  const RealDate = Date;
  const realNow = Date.now.bind(Date);
  const realPerformance = performance.now.bind(performance);
  const now = () => Math.round(start + (realNow() - start) * speed);
  window.Date = new Proxy(RealDate, {
    get: (date, name) => (name === "now" ? now : Reflect.get(date, name)),
    apply: () => new RealDate(now()).toString(),
    construct: (date, given, target) => Reflect.construct(date, given.length ? given : [now()], target === window.Date ? date : target),
  });
  performance.now = () => realPerformance() * speed;
  for (const name of ["setTimeout", "setInterval"]) {
    const real = window[name].bind(window);
    window[name] = (what, delay = 0, ...rest) => real(what, delay / speed, ...rest);
  }
})();
