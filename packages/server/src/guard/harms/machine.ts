import { has, operands } from "../options.ts";
import { all, type Harm, type Harms } from "./harm.ts";

const disks =
  "fdisk sfdisk sgdisk cfdisk gdisk parted wipefs mkswap cryptsetup blkdiscard mdadm badblocks hdparm nvme lvremove vgremove pvremove zpool zfs debugfs";
const ends = "shutdown reboot halt poweroff telinit";
const people = "userdel groupdel usermod deluser delgroup passwd chpasswd visudo";
const kernel = "rmmod modprobe insmod swapoff kexec sysctl umount mount";

/** What changes the machine, its disks, its users, or ends what runs on it. */
export const machine: Harms = {
  dd: ({ args }) =>
    args.some((arg) => arg.startsWith("of=") && arg !== "of=/dev/null")
      ? { why: "dd writes over what it is given, a whole disk too", safer: "cp for files" }
      : undefined,
  ...all(disks, ({ program }) => ({ why: `${program} changes a disk` })),
  ...all(ends, ({ program }) => ({ why: `${program} ends everything on this machine` })),
  ...all(people, ({ program }) => ({ why: `${program} changes who may use this machine` })),
  ...all(kernel, ({ program }) => ({ why: `${program} changes the running system` })),
  init: ({ args }) => (/^[06sS1]$/.test(args[0] ?? "") ? { why: "init ends everything on this machine" } : undefined),
  systemctl: ({ args }) => {
    const [does = ""] = operands(args);
    return /^(?:poweroff|reboot|halt|kexec|suspend|hibernate|isolate|rescue|emergency|stop|disable|mask|kill)$/.test(
      does,
    )
      ? { why: `systemctl ${does} ends services of this machine`, safer: "systemctl status" }
      : undefined;
  },
  kill: ({ args }) => {
    const [, ...later] = args;
    const everybody = later.includes("-1") || (args[0] === "-1" && later.length === 0) || args.includes("1");
    return everybody || args.includes("0")
      ? { why: "kill ends every process that it may", safer: "kill with the number of the one process" }
      : undefined;
  },
  ...all("killall killall5 pkill", ({ program }) => ({
    why: `${program} ends every program of that name, those of other people's work too`,
    safer: "kill with the number of the one process",
  })),
  crontab: ({ args }) =>
    has(args, "r") ? { why: "crontab -r deletes all of it", safer: "crontab -l first" } : undefined,
  history: ({ args }) => (has(args, "c") ? { why: "the shell's history is deleted" } : undefined),
  ...all("iptables ip6tables", ({ args }) => (has(args, "FX", "flush") ? firewall : undefined)),
  nft: ({ args }) => (args.includes("flush") ? firewall : undefined),
  ufw: ({ args }) => (["disable", "reset"].includes(args[0] ?? "") ? firewall : undefined),
  ...all("apt apt-get aptitude yum dnf zypper brew", ({ program, args }) => {
    const [does = ""] = operands(args);
    return /^(?:remove|purge|autoremove|erase|uninstall)$/.test(does)
      ? { why: `${program} ${does} takes programs off this machine`, safer: `${program} list first` }
      : undefined;
  }),
  dpkg: ({ args }) =>
    has(args, "rP", "remove", "purge") ? { why: "dpkg takes programs off this machine" } : undefined,
};

const firewall: Harm = { why: "the firewall of this machine is opened" };

/** mkfs.ext4 and its like. */
export const makesDisk = (program: string): Harm | undefined =>
  /^mk(?:e2)?fs(?:\.|$)/.test(program) ? { why: `${program} makes a disk empty` } : undefined;
