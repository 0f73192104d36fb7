/**
 * Due dates for reading and typing.
 *
 * A due date is local time as text: "2026-12-24" or "2026-12-24T18:30". It is never converted to an instant here; the
 * server computes when it is overdue.
 */
import { create } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { DueSchema } from "../gen/docket/task/v1/task_pb.ts";
import type { Due } from "../gen/docket/task/v1/task_pb.ts";

/** A due date as the inputs hold it. `day` empty: not due; `time` empty: due on the day; `timeZone`: only with a time. */
export interface DueInput {
  readonly day: string;
  readonly time: string;
  readonly timeZone: string;
}

export const notDue: DueInput = { day: "", time: "", timeZone: "" };

export function dueInput(due: Due | undefined): DueInput {
  if (!due) return notDue;
  const [day = "", time = ""] = due.local.split("T");
  return { day, time: time.slice(0, 5), timeZone: due.timeZone };
}

/** @param home The user's own zone, for a time that has none yet. */
export function dueOf({ day, time, timeZone }: DueInput, home: string): Due | undefined {
  if (day === "") return undefined;
  if (time === "") return create(DueSchema, { local: day });
  return create(DueSchema, { local: `${day}T${time}`, timeZone: timeZone || home });
}

export function sameDue(one: DueInput, other: DueInput): boolean {
  if (one.day !== other.day || one.time !== other.time) return false;
  return one.time === "" || one.timeZone === other.timeZone;
}

/** @param now Milliseconds since 1970. */
export function isOverdue(due: Due | undefined, now: number): boolean {
  return due?.overdueTime !== undefined && timestampMs(due.overdueTime) <= now;
}

/**
 * "Today", "Tomorrow 16:30", "Thursday", "24 December", "24 December 2027"; a time in another zone names it.
 *
 * @param today The user's day, "2026-11-21".
 */
export function formatDue(due: Due, today: string, home: string): string {
  const { day, time, timeZone } = dueInput(due);
  const zone = time !== "" && timeZone !== home ? zoneName(timeZone) : "";
  return [formatNearDay(day, today), time, zone].filter(Boolean).join(" ");
}

/** The user's day, as their clock has it. */
export function dayOf(now: Date): string {
  const twoDigits = (part: number): string => String(part).padStart(2, "0");
  return `${now.getFullYear()}-${twoDigits(now.getMonth() + 1)}-${twoDigits(now.getDate())}`;
}

/** "Saturday, 21 November". */
export function formatDay(day: string): string {
  const { weekday, date } = parts(day);
  return `${weekday}, ${date}`;
}

/** "Saturday, 21 Nov". */
export function formatShortDay(day: string): string {
  const { weekday, shortDate } = parts(day);
  return `${weekday}, ${shortDate}`;
}

function formatNearDay(day: string, today: string): string {
  const away = Math.round((Date.parse(day) - Date.parse(today)) / 86_400_000);
  if (away === 0) return "Today";
  if (away === 1) return "Tomorrow";
  if (away === -1) return "Yesterday";
  const { weekday, date, year } = parts(day);
  if (away > 1 && away < 7) return weekday;
  return day.slice(0, 4) === today.slice(0, 4) ? date : `${date} ${year}`;
}

/** Parses and formats in UTC: a day must not shift with the time zone of the browser. */
function parts(day: string): Record<"weekday" | "date" | "shortDate" | "year", string> {
  const at = new Date(Date.parse(day));
  const shown = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }).format(at);
  return {
    weekday: shown({ weekday: "long" }),
    date: shown({ day: "numeric", month: "long" }),
    shortDate: shown({ day: "numeric", month: "short" }),
    year: shown({ year: "numeric" }),
  };
}

/** "Berlin time" for "Europe/Berlin". */
function zoneName(timeZone: string): string {
  return `${timeZone.slice(timeZone.lastIndexOf("/") + 1).replaceAll("_", " ")} time`;
}
