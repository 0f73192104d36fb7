/** The icons. All are decorative: each stands beside a text or a hidden label. */
import type { JSX } from "solid-js";

interface IconProps {
  readonly children: JSX.Element;
}

function Icon(props: IconProps): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      {props.children}
    </svg>
  );
}

export function AllIcon(): JSX.Element {
  return (
    <Icon>
      <circle cx="12" cy="12" r="8" />
      <path d="m8.5 12 2.5 2.5 4.5-5" />
    </Icon>
  );
}

export function InboxIcon(): JSX.Element {
  return (
    <Icon>
      <path d="M4 13h4l2 3h4l2-3h4M4 13l3-8h10l3 8v6H4z" />
    </Icon>
  );
}

export function ListsIcon(): JSX.Element {
  return (
    <Icon>
      <path d="M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01" />
    </Icon>
  );
}

export function AccountIcon(): JSX.Element {
  return (
    <Icon>
      <circle cx="12" cy="8" r="4" />
      <path d="M4 20c1.5-4 5-5 8-5s6.5 1 8 5" />
    </Icon>
  );
}

export function PlusIcon(): JSX.Element {
  return (
    <Icon>
      <path d="M12 6v12M6 12h12" />
    </Icon>
  );
}

export function BinIcon(): JSX.Element {
  return (
    <Icon>
      <path d="M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12M10.5 11v4.5M13.5 11v4.5" />
    </Icon>
  );
}

export function CloseIcon(): JSX.Element {
  return (
    <Icon>
      <path d="m7 7 10 10M17 7 7 17" />
    </Icon>
  );
}

interface DotProps {
  /** "#rrggbb" or empty. */
  readonly color: string;
}

export function DotIcon(props: DotProps): JSX.Element {
  return (
    <Icon>
      <circle cx="12" cy="12" r="4" fill={props.color || "currentcolor"} stroke="none" />
    </Icon>
  );
}
