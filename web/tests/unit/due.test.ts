import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { DueSchema } from "../../src/gen/docket/task/v1/task_pb.ts";
import { dayOf, dueOf, isOverdue, formatDay, notDue, sameDue, formatDue, dueInput } from "../../src/tasks/due.ts";

const today = "2026-11-21";
const home = "Europe/Berlin";

function spoken(local: string, timeZone = ""): string {
  return formatDue(create(DueSchema, { local, timeZone }), today, home);
}

test("near days have names, far ones their date", () => {
  assert.equal(spoken("2026-11-21"), "Today");
  assert.equal(spoken("2026-11-22"), "Tomorrow");
  assert.equal(spoken("2026-11-20"), "Yesterday");
  assert.equal(spoken("2026-11-27"), "Friday");
  assert.equal(spoken("2026-11-28"), "28 November");
  assert.equal(spoken("2026-11-19"), "19 November");
  assert.equal(spoken("2027-01-02"), "2 January 2027");
});

test("a day is counted by the calendar, also where clocks change in between", () => {
  assert.equal(formatDue(create(DueSchema, { local: "2026-10-26" }), "2026-10-25", home), "Tomorrow");
});

test("a time names its zone only where it isn't the reader's", () => {
  assert.equal(spoken("2026-11-21T16:30", home), "Today 16:30");
  assert.equal(spoken("2026-11-21T16:30", "America/New_York"), "Today 16:30 New York time");
});

test("what is typed becomes a day, or a moment in its own zone or the reader's", () => {
  assert.equal(dueOf(notDue, home), undefined);
  assert.deepEqual(dueOf({ day: today, time: "", timeZone: "Asia/Tokyo" }, home), create(DueSchema, { local: today }));
  const moment = create(DueSchema, { local: `${today}T16:30`, timeZone: home });
  assert.deepEqual(dueOf({ day: today, time: "16:30", timeZone: "" }, home), moment);
  assert.equal(dueOf({ day: today, time: "16:30", timeZone: "Asia/Tokyo" }, home)?.timeZone, "Asia/Tokyo");
});

test("a due date comes back from its two inputs as it was", () => {
  for (const due of [
    create(DueSchema, { local: today }),
    create(DueSchema, { local: `${today}T16:30`, timeZone: home }),
  ]) {
    assert.deepEqual(dueOf(dueInput(due), home), due);
  }
  assert.ok(sameDue({ day: today, time: "", timeZone: "" }, { day: today, time: "", timeZone: home }));
  assert.ok(!sameDue(dueInput(undefined), { day: today, time: "", timeZone: "" }));
});

test("the server's instant decides what is late", () => {
  const due = create(DueSchema, { local: today, overdueTime: timestampFromMs(1000) });
  assert.ok(!isOverdue(due, 999));
  assert.ok(isOverdue(due, 1000));
  assert.ok(!isOverdue(create(DueSchema, { local: "1999-01-01" }), 1000));
});

test("days are written as the reader's clock has them", () => {
  assert.equal(dayOf(new Date(2026, 0, 2, 23, 59)), "2026-01-02");
  assert.equal(formatDay("2026-11-21"), "Saturday, 21 November");
});
