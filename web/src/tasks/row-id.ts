/** The element id of a task's link in its list, to focus it later. */
export function rowId(taskId: string): string {
  return `task-${taskId}`;
}
