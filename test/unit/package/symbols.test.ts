import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { missingSymbols, neededSymbols, newestVersions } from '../../../scripts/package/symbols.mjs';

/** As `readelf --wide --dyn-syms` prints them. */
const rows = `
Symbol table '.dynsym' contains 9 entries:
   Num:    Value          Size Type    Bind   Vis      Ndx Name
     0: 0000000000000000     0 NOTYPE  LOCAL  DEFAULT  UND
     1: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND malloc@GLIBC_2.2.5 (2)
     2: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND getrandom@GLIBC_2.25 (3)
     3: 0000000000000000     0 NOTYPE  GLOBAL DEFAULT  UND napi_create_error
     4: 0000000000000000     0 NOTYPE  WEAK   DEFAULT  UND __gmon_start__
     5: 0000000000000000     0 NOTYPE  GLOBAL DEFAULT  UND __aarch64_ldadd4_sync
     6: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND _ZNSt7__cxx1112basic_stringE@GLIBCXX_3.4.21 (5)
     7: 00000000000f1d00    42 FUNC    GLOBAL DEFAULT   14 napi_register_module_v1
     8: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND _Fork@GLIBC_2.34 (6)
`;

describe('the symbols of an addon', () => {
  const needed = neededSymbols(rows);

  it('are those that others must provide', () => {
    assert.equal(needed.length, 6);
    assert.ok(!needed.includes('__gmon_start__') && !needed.includes('napi_register_module_v1'));
  });

  it('tell the oldest libraries that it runs with', () => {
    assert.deepEqual(newestVersions(needed), { GLIBC: '2.34', GLIBCXX: '3.4.21' });
    assert.deepEqual(newestVersions(['one@GLIBC_2.9', 'other@GLIBC_2.10']), { GLIBC: '2.10' });
  });

  it('that a release may not have are those of newer libraries, and those that nobody has', () =>
    assert.deepEqual(missingSymbols(needed), ['__aarch64_ldadd4_sync', '_Fork@GLIBC_2.34']));

  it('of an unknown library may not be there', () =>
    assert.deepEqual(missingSymbols(['inflate@ZLIB_1.2.0']), ['inflate@ZLIB_1.2.0']));
});
