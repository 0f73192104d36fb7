/** The id of the element that opens a task from its list, by which the focus finds the row again. */
export function rowId(taskId: string): string {
  return `task-${taskId}`;
}
