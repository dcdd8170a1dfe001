/** Links of documents in packages. */

/**
 * Links and images of this version's files become absolute: the files are not in the package. The Marketplace shows no SVG images, so
 * links take their place.
 */
export function absoluteLinks(markdown, { homepage, version }) {
  const at = (kind, path) => `${homepage}/${kind}/v${version}/${path}`;
  return markdown.replace(/(!?)(\[[^\]]*\])\((?![a-z]+:|#)([^)\s]+)\)/g, (_, image, text, path) =>
    image && !path.endsWith('.svg') ? `!${text}(${at('raw', path)})` : `${text}(${at('blob', path)})`,
  );
}
