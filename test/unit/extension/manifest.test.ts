import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { toJsonSchema } from '@valibot/to-json-schema';
import { tools } from '../../../agent/client/tools';
import {
  commands,
  contextKeys,
  detailsViewId,
  languageTools,
  markColors,
  mcpProviderId,
  outageColor,
  settings,
  viewId,
  walkthroughId,
} from '../../../extension/base/ids';
import { maxWatched } from '../../../extension/ports/watched-text';
import { contents } from '../../../scripts/package/contents.mjs';
import { universalManifest } from '../../../scripts/package/manifests.mjs';

const read = (file: string) => readFileSync(join(process.cwd(), file), 'utf8');
const manifestText = read('package.json');
const manifest = JSON.parse(manifestText);
const strings: Record<string, string> = JSON.parse(read('package.nls.json'));
const { contributes } = manifest;
const idOf = ({ command }: { command: string }) => command;

describe('the manifest', () => {
  it('contributes exactly the commands, settings, colours and views of ids.ts', () => {
    assert.deepEqual(contributes.commands.map(idOf).sort(), Object.values(commands).sort());
    assert.deepEqual(
      Object.keys(contributes.configuration.properties).sort(),
      Object.values(settings).sort(),
    );
    assert.deepEqual(
      contributes.views.sockscope.map(({ id }: { id: string }) => id),
      [viewId, detailsViewId],
    );
    assert.deepEqual(
      contributes.colors.map(({ id }: { id: string }) => id).sort(),
      [...Object.values(markColors), outageColor].sort(),
    );
  });

  it('puts only its own commands into menus and on keys', () => {
    const used = [
      ...Object.values<{ command: string }[]>(contributes.menus).flat(),
      ...contributes.keybindings,
    ];
    for (const { command } of used) assert.ok(Object.values<string>(commands).includes(command), command);
  });

  it('asks only for context keys that the code sets, and for settings', () => {
    const keys: string[] = Object.values(contextKeys);
    const clauses = (manifestText.match(/"(when|enablement)": "[^"]*"/g) ?? []).join();
    for (const [, setting = ''] of clauses.matchAll(/\bconfig\.([\w.]+)/g))
      assert.ok(Object.values<string>(settings).includes(setting), setting);
    for (const key of clauses.replaceAll(/\bconfig\.[\w.]+/g, '').match(/sockscope\.\w+/g) ?? [])
      assert.ok(keys.includes(key) || key === viewId || key === detailsViewId, key);
  });

  it('has a text for every placeholder, and no other text', () => {
    const placeholders = [...manifestText.matchAll(/%([\w.]+)%/g)].map(([, key]) => key);
    assert.deepEqual([...new Set(placeholders)].sort(), Object.keys(strings).sort());
  });

  it('links its texts only to its own commands', () => {
    for (const [, id] of Object.values(strings)
      .join()
      .matchAll(/\(command:([\w.]+)\)/g))
      assert.ok(id === `${viewId}.focus` || Object.values<string>(commands).includes(id ?? ''), id);
  });

  it('has a walkthrough whose steps are done by its own commands and view, each with a picture in the package', () => {
    const [walkthrough, another] = contributes.walkthroughs;
    assert.deepEqual([walkthrough.id, another], [walkthroughId, undefined]);
    const events = [
      ...Object.values(commands).map((id) => `onCommand:${id}`),
      `onView:${viewId}`,
      `onCommand:${viewId}.focus`,
    ];
    for (const { id, completionEvents, media } of walkthrough.steps) {
      assert.ok(completionEvents.length > 0, id);
      for (const event of completionEvents) assert.ok(events.includes(event), event);
      assert.ok(contents.extension.includes(media.svg), media.svg);
      assert.match(read(media.svg), /^<svg [^>]+>\n {2}<title>[^<]+<\/title>\n.*<\/svg>\n$/s);
    }
    const pictures = contents.extension.filter((file: string) => file.includes('/walkthrough/'));
    assert.equal(pictures.length, walkthrough.steps.length);
    assert.ok(!('walkthroughs' in universalManifest(manifest).contributes));
  });

  it('has its colours for every kind of theme', () => {
    for (const { defaults } of contributes.colors)
      assert.deepEqual(Object.keys(defaults).sort(), ['dark', 'highContrast', 'highContrastLight', 'light']);
  });

  it('offers no destroying command on a closed row', () => {
    const offered = contributes.menus['view/item/context']
      .filter(({ when }: { when: string }) => {
        const [, pattern = ''] = /viewItem =~ \/(.*)\//.exec(when) ?? [];
        return pattern !== '' && new RegExp(pattern).test('socket ended owned');
      })
      .map(idOf);
    assert.ok(offered.includes(commands.copyAddress));
    for (const id of [commands.drill, commands.holdDown]) assert.ok(!offered.includes(id), id);
    assert.ok(!offered.some((id: string) => id.includes('destroy')), offered.join());
  });

  it('runs on the machine with the sockets, in every workspace', () => {
    assert.deepEqual(manifest.extensionKind, ['workspace']);
    // Only with this word does the editor heed restrictedConfigurations.
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
    assert.equal(manifest.capabilities.virtualWorkspaces.supported, true);
  });

  it('reads no setting that the agent depends on from a workspace, and none at all from an untrusted one', () => {
    const ofWorkspaces = [settings.portHints, settings.watchedPorts];
    for (const [id, { scope }] of Object.entries<{ scope: string }>(contributes.configuration.properties))
      assert.equal(scope, ofWorkspaces.some((one) => one === id) ? 'window' : 'machine', id);
    assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, ofWorkspaces);
  });

  it('offers models the tools of the command line, and those that act only where their user allows it', () => {
    interface Contributed {
      readonly name: string;
      readonly modelDescription: string;
      readonly inputSchema: object;
      readonly when?: string;
    }
    const offered: Contributed[] = contributes.languageModelTools;
    assert.deepEqual(
      offered.map(({ name, modelDescription, inputSchema, when = '' }) => ({
        name,
        modelDescription,
        inputSchema,
        when,
      })),
      tools.map(({ name, description, input, access }) => {
        const { $schema: _, ...inputSchema } = toJsonSchema(input);
        return {
          name: languageTools[name as keyof typeof languageTools],
          modelDescription: description,
          inputSchema,
          when: access === 'see' ? '' : `config.${settings.toolsAllowDestructive} && isWorkspaceTrusted`,
        };
      }),
    );
    assert.equal(contributes.configuration.properties[settings.toolsAllowDestructive].default, false);
    assert.deepEqual(contributes.mcpServerDefinitionProviders, [{ id: mcpProviderId, label: 'Sockscope' }]);
  });

  it('allows as many watched ports as the extension watches', () =>
    assert.equal(contributes.configuration.properties[settings.watchedPorts].maxItems, maxWatched));

  it('is activated by its view and commands, after startup, by the first command of a terminal, and by its tab after a reload', () => {
    assert.deepEqual(manifest.activationEvents, [
      'onStartupFinished',
      'onTerminalShellIntegration:*',
      'onWebviewPanel:sockscope.reconnects',
    ]);
  });
});

describe("the extension's code", () => {
  it('creates Markdown, in which untrusted names could act, in one file only', () => {
    const files = readdirSync('extension', { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => name.endsWith('.ts')))
      if (file !== join('ports', 'hints', 'port-hover.ts'))
        assert.doesNotMatch(read(join('extension', file)), /MarkdownString/, file);
  });
});
