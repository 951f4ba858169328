export function install(
  root: string,
  say: (line: string) => void,
  run?: (root: string, args: string[], log: string) => Promise<void>,
): Promise<string>;
export function isInstalled(root: string): boolean;
