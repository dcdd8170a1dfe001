/** Writes dist/sbom.cdx.json: the code of others in dist/, as CycloneDX. Without a time and a serial number, it is reproducible. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dist, manifest } from './lib/paths.mjs';

function component({ name, version, license, source, hash, purl }) {
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    hashes: [hash],
    licenses: [{ license: { id: license } }],
    purl,
    ...(source && { externalReferences: [{ type: 'distribution', url: source }] }),
  };
}

export function bomOf(parts) {
  const { name, version, license } = manifest;
  const purl = `pkg:npm/${name}@${version}`;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': purl,
        name,
        version,
        licenses: [{ license: { id: license } }],
        purl,
      },
    },
    components: parts.map(component),
    dependencies: [{ ref: purl, dependsOn: parts.map((part) => part.purl) }],
  };
}

export function writeBom(parts) {
  writeFileSync(join(dist, 'sbom.cdx.json'), `${JSON.stringify(bomOf(parts), null, 2)}\n`);
}
