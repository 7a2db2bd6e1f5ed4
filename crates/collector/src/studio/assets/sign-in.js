// Takes the token of a sign-in link out of the address, before it can be seen, copied or kept in the history, and
// submits it. The fragment never travels to a server by itself.

const form = document.getElementById("sign-in");

function submitLink() {
  const token = location.hash.slice(1);
  if (!token) return;
  history.replaceState(null, "", location.pathname);
  form.elements.token.value = decode(token);
  form.requestSubmit();
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

addEventListener("hashchange", submitLink);
submitLink();
