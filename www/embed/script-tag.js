// Called while the library is still on its way: the stub keeps both calls, in this order.
pugmark.trackCustomEvent("opened_example", { example: "script tag" });

document.getElementById("try").addEventListener("click", function () {
  pugmark.trackCustomEvent("tried_example", { example: "script tag" });
});
