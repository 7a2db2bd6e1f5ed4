// Makes the methods callable before the library is there. Each call waits in the queue with the time it was made at.
// It has to run before the first call; the library takes its place when it arrives. What gives something back (on,
// flush, status) is there with the library: pugmark.push(function (pugmark) { pugmark.on(…) }).
window.pugmark = window.pugmark || [];
[
  "trackCustomEvent", "trackPageView", "setPath", "identify",
  "setConsent", "revokeConsent", "doNotTrack", "reset",
].forEach(function (method) {
  pugmark[method] = function () {
    var command = [method].concat([].slice.call(arguments));
    command.at = Date.now();
    pugmark.push(command);
  };
});
