/** Calls back when the theme changes. */
export function onThemeChange(changed: () => void): void {
  const watched = { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] };
  new MutationObserver(changed).observe(document.body, watched);
}
