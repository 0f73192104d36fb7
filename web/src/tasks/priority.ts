/** The priorities, from the least to the highest, as the page names and marks them. */
import { Task_Priority } from "../gen/docket/task/v1/task_pb.ts";

export interface PriorityLook {
  readonly value: Task_Priority;
  readonly name: string;
  /** The CSS class; empty for no priority. */
  readonly mark: string;
}

const none: PriorityLook = { value: Task_Priority.UNSPECIFIED, name: "None", mark: "" };

export const priorities: readonly PriorityLook[] = [
  none,
  { value: Task_Priority.LOW, name: "Low", mark: "low" },
  { value: Task_Priority.MEDIUM, name: "Medium", mark: "medium" },
  { value: Task_Priority.HIGH, name: "High", mark: "high" },
];

export function lookOf(priority: Task_Priority): PriorityLook {
  return priorities.find(({ value }) => value === priority) ?? none;
}
