import { type Command } from 'commander';

/**
 * Makes a command need `--yes`.
 *
 * @param isFinal whether this command line does what cannot be undone
 */
export function confirmed(command: Command, isFinal: (args: readonly string[]) => boolean): Command {
  return command.option('--yes', 'really do it: it cannot be undone').hook('preAction', () => {
    if (!command.opts().yes && isFinal(command.args))
      command.error('error: this cannot be undone: add --yes if you mean it');
  });
}
