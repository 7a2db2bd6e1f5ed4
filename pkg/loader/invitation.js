// The visualizer's invitation: all that a visitor's file knows of it.

// Where session storage keeps that a marketer edits this visit's events: the invitation at first, later what the
// visualizer keeps of its own.
export const EDIT = "pm:edit";

const INVITATION = /[#&]pugmark=([\da-f]{32})/;

// Whether a marketer edits this visit's events. Read at once: the invitation is gone from the address from here on.
export const isInvited = takeInvitation();

// Takes the visualizer's invitation out of the address, before a router of the page sees it, and says whether there is one
// in this visit.
function takeInvitation() {
  try {
    const [invitation, code] = INVITATION.exec(location.hash) ?? [];
    if (code) {
      sessionStorage.setItem(EDIT, code);
      history.replaceState(history.state, "", location.href.replace(invitation, ""));
    }
    return sessionStorage.getItem(EDIT);
  } catch {
    // Without a storage the visualizer would not survive the first link.
  }
}

// Whether this is a frame into which the overlay of the page around it reaches. It may not have taken its invitation yet.
export function isReached() {
  try {
    return top !== window && (INVITATION.test(top.location.hash) || isInvited);
  } catch {
    // Of another origin's page, nothing can be asked, and nothing is reached.
  }
}
