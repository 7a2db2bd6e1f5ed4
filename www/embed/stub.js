// Makes the methods callable before the library is there. Each call waits in the queue with the time it was made at.
// It has to run before the first call; the library takes its place when it arrives.
window.pugmark = window.pugmark || [];
["trackCustomEvent", "trackPageView", "setPath", "identify", "reset"].forEach(function (method) {
  pugmark[method] = function () {
    var command = [method].concat([].slice.call(arguments));
    command.at = Date.now();
    pugmark.push(command);
  };
});
