// Written for HubSpot's tracking code; with `data-queue="_hsq"` Pugmark answers the same calls.
var _hsq = (window._hsq = window._hsq || []);
var _hsp = (window._hsp = window._hsp || []);

_hsq.push(["setPath", "/demo/embed/hubspot.html?as=setPath"]);
_hsq.push(["trackPageView"]);

_hsp.push([
  "addPrivacyConsentListener",
  function (consent) {
    var analytics = consent.categories ? consent.categories.analytics : consent.allowed;
    document.getElementById("consent").textContent = analytics ? "Analytics are allowed." : "Analytics are not allowed.";
  },
]);

document.getElementById("hubspot-form").addEventListener("submit", function (event) {
  event.preventDefault();
  _hsq.push(["identify", { email: document.getElementById("email").value }]);
  _hsq.push(["trackCustomBehavioralEvent", { name: "tried_example", properties: { example: "hubspot" } }]);
});
