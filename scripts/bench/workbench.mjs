/** The packaged extension in a real VS Code Server, which the stage's user runs, with its workbench in Chromium. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createServerFor, launchBrowser } from '../../test/helpers/vscode-server';
import { Workbench } from '../../test/helpers/workbench';

/** Opens it with Sockscope's view shown; gone with the stage. */
export async function openWorkbench(stage, viewport) {
  const project = join(stage.user.home, 'project');
  mkdirSync(project);
  const server = await createServerFor(stage.user);
  stage.onClose(() => server.stop());
  const port = await server.start();
  const browser = await launchBrowser();
  stage.onClose(() => browser.close());
  const workbench = new Workbench(await browser.newPage({ viewport }));
  await workbench.open(port, project);
  await workbench.openView('Sockscope');
  await workbench.widenSideBar(200);
  return workbench;
}
