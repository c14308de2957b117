export type PathKind = 'program' | 'file' | 'folder' | 'missing';

/** What stands at a path, as far as starting a program goes. */
export interface Programs {
  /** `program`: a file we may execute. `file`: one we may not. */
  kindOf(path: string): Promise<PathKind>;
}
