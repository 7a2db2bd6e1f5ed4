// Fills local storage to the last character.
for (let size = 1 << 22; size > 0; size >>= 1) {
  for (let n = 0; ; n++) {
    try {
      localStorage.setItem(`ballast-${size}-${n}`, "x".repeat(size));
    } catch {
      break;
    }
  }
}
