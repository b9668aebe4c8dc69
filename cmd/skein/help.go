package main

// topUsage is the help of the program.
const topUsage = `skein runs commands over inputs, at most so many at a time, waits for all, and
accounts for each.

usage:
  skein run [flags] COMMAND [ARG...] [::: INPUT...]   run COMMAND once for each input
  skein help run                                      all of it, with examples
  skein version
`

// runUsage is the help of skein run, and its documentation.
const runUsage = `usage: skein run [flags] COMMAND [ARG...] [::: INPUT...]
       skein run [flags] --tasks FILE

Runs COMMAND once for each input, at most N at a time, waits for all, and tells
how each one ended. A failure stops nothing else.

inputs
  ::: INPUT...      what follows on the command line; nothing: no task
  otherwise         standard input, one input per line. An empty line is an
                    input, too (sed '/^$/d' removes them); a carriage return at
                    the end of a line is dropped
      --from FILE   the lines of FILE instead; - is standard input
  -0, --null        inputs end with NUL instead of a newline, and nothing is
                    dropped: find ... -print0 | skein run -0 ...
      --tasks FILE  each line is a whole command, for the shell; - is standard
                    input. Blank lines and those that begin with # are passed
                    over. Nothing is replaced or appended

placeholders
  {}    the input                     dir/a.tar.gz
  {.}   without its extension         dir/a.tar
  {/}   without its directory         a.tar.gz
  {//}  its directory                 dir
  {/.}  without directory, extension  a.tar
  {#}   the number of the task, from 1
  {%}   the number of the slot, from 1 to N: no two at the same time have one
  Where none stands in COMMAND or an ARG, the input becomes the last argument.
  {1} is {}, {1.} is {.} and so on. A brace after $ or @ is text: ${} HEAD@{1}.

command
  Flags end at COMMAND; all that follows is the command's own. Several words are
  executed as they are, without a shell. One word with blanks or characters like
  | > $ * is a line for /bin/sh, in which a placeholder is exactly one argument,
  bare, in "...", in '...' or in $(...), whatever the input is: no input is ever
  run as code. Where that cannot be promised (here-documents, sh -c "... {}",
  ssh HOST "... {}") the line is refused. \{} is text. What a program makes of
  an argument is its own affair: make X={}, tar --to-command={}, a function of
  yours that evaluates "$1".
      --shell       COMMAND and ARGs, joined with blanks, are a shell line
      --exec        COMMAND is a program, whatever characters it has
      --dry-run     print the commands, fit to be pasted into sh, and run none
  A function that bash exports (export -f) runs as a program does.

running
  -j, --jobs N      at most N tasks at a time (default: one per CPU); 0: as many
                    as the system allows, at most 4,000
      --timeout D   end a task that takes longer: 90s, 1.5m, 2h; a number alone
                    is seconds; 0: never
      --grace D     how long after SIGTERM a task gets SIGKILL (default 5s)
  A task's standard input is empty, and it has no terminal. ctrl-C and SIGTERM
  start no further task and end those that run, with all their processes; a
  second one kills at once. What a task leaves behind has a second to close its
  output, and is ended with the run.

output
  Output is kept together and appears when its task ends.
  -k, --keep-order  in the order of the inputs
      --line        whole lines as soon as they are written
      --tag         the input and a tab before each line
      --name STR    what messages call a task, with placeholders (default: its
                    command)
  -v, --verbose     say on standard error what starts and what ends
      --events FILE one JSON object per line and event: started, finished, how,
                    when, CPU time, memory
  -h, --help

exit status
  0        every task succeeded, or there was none
  1        some did not; standard error says which
  2        wrong usage or input. Nothing was started; if a read failed later, no
           further task
  4        skein itself failed: output was lost or could not be kept
  126 127  COMMAND cannot be executed; does not exist
  129 130 143  ended by SIGHUP, SIGINT (ctrl-C), SIGTERM
  141      standard output was closed

examples
  gzip all logs, one per CPU:
      skein run gzip -9 ::: *.log
  the same for names of any kind, in all directories:
      find . -name '*.log' -print0 | skein run -0 gzip -9
  two names of one input:
      skein run convert {} thumbs/{/.}.png ::: photos/*.jpg
  a shell line, four at a time:
      skein run -j 4 'zcat {} | sort | uniq -c > {.}.count' ::: logs/*.gz
  a list of addresses, 20 at a time, each with ten seconds:
      skein run -j 20 --timeout 10s --tag curl -sS {} < urls.txt
  results in the order of the inputs:
      seq 100 | skein run -k factor
  whole commands, a line each:
      skein run --tasks commands.txt
  look before you leap:
      skein run --dry-run 'mv {} {.}.bak' ::: *.txt
  watch five workers:
      skein run -j 5 --name 'Worker {#}' --verbose sleep ::: 1 2 1 2 1
`
