/** Calls a tool for language models, as an extension with a model does outside of a chat, and writes what came of it to a file. */

const { writeFileSync } = require('node:fs');
const { commands, lm, window } = require('vscode');

async function call() {
  const { tool, input, answer } = JSON.parse(await window.showInputBox({ title: 'Call a Tool' }));
  const outcome = await lm.invokeTool(tool, { input, toolInvocationToken: undefined }).then(
    ({ content: [part] }) => ({ answer: JSON.parse(part.value) }),
    ({ name, message }) => ({ error: `${name}: ${message}` }),
  );
  writeFileSync(answer, JSON.stringify(outcome));
}

exports.activate = ({ subscriptions }) =>
  subscriptions.push(commands.registerCommand('toolCaller.call', call));
