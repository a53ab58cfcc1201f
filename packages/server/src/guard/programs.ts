/** Programs by what they do with the words that they are given. */

const set = (names: string): ReadonlySet<string> => new Set(names.split(/\s+/));

export const shells = set("sh bash dash zsh ksh mksh ash fish csh tcsh rbash");

/** Run code that stands among their words, or in what they read. */
export const interpreters =
  /^(?:python|pypy|node|nodejs|bun|deno|perl|ruby|irb|php|lua|luajit|tclsh|osascript|Rscript|julia|guile|groovy|jshell|ts-node|tsx)(?:[\d.]*)$/;

/** Run another program that stands among their words. */
export const wrappers = set(
  `sudo doas su runuser env nohup nice ionice chrt timeout time watch stdbuf unbuffer setsid setarch command builtin exec
   xargs parallel chroot unshare nsenter flock busybox toybox script strace ltrace ssh entr expect at batch systemd-run
   setpriv capsh prlimit taskset numactl cpulimit firejail bwrap proot fakeroot rlwrap dbus-run-session xvfb-run torsocks
   proxychains start-stop-daemon tmux screen trap alias docker podman nerdctl kubectl pkexec catchsegv valgrind gdb lldb
   perf hyperfine coproc pnpx bunx uvx pipx ld.so`,
);

/** Change what later words mean to this very shell, or hand text to it: what follows cannot be known by its words. */
export const changesShell = set(
  `alias unalias export declare typeset local readonly unset set shopt source . eval exec builtin command hash enable trap
   read mapfile readarray getopts let pushd popd ulimit umask fc history bind complete compgen compopt coproc suspend logout
   return break continue shift exit wait`,
);

/** Wait for keys, and take commands from whoever presses them; or run what stands in their files and words. */
export const handsOver = set(
  `less more most man info vi vim nvim view ex ed red emacs nano pico joe micro top htop mc ranger ftp telnet sftp
   nc ncat netcat socat sqlite3 psql mysql mariadb mongo mongosh redis-cli gdb lldb mail mutt elinks lynx w3m zsh
   dialog whiptail fzf run-parts logrotate cron crontab`,
);

/** Do nothing with any of their words but what their names say. */
export const readers = set(
  `ls cat echo grep egrep fgrep pwd head tail wc cut tr which basename dirname realpath readlink stat du df diff cmp comm paste
   nl fold seq sleep true false md5sum sha1sum sha256sum sha512sum cksum uname whoami id groups ps nproc uptime free arch od
   mkdir touch rmdir rm tsc mypy prettier`,
);
