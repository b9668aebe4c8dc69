package main

import "example.com/skein/cmd/internal/member"

// topUsage is the help of the program.
const topUsage = `skein runs commands over inputs, at most so many at a time, waits for all, and
accounts for each.

run
  skein run [flags] COMMAND [ARG...] [::: INPUT...]   run it for each input
  skein resume [RUN]         go on with a run that did not come to its end

look into it
  skein top [RUN]            a screen of what a run does

over machines
  skein serve                the server of a cluster, and its keys
  skein worker               join one, and run its commands
  skein tasks                runs and dead tasks of a cluster; retry, cancel
  skein doctor               what a server promises, and what that means
  skein web                  a page of all that, in a browser

look back
  skein runs                 past and present runs
  skein show [RUN]           what became of its tasks
  skein trace [RUN]          when they ran, as trace events

more
  skein completion SHELL     a script for bash, zsh or fish
  skein man [SUBCOMMAND]     a man page
  skein help [SUBCOMMAND]    all of it, with examples
  skein version              of skein and of Go, and the platform
`

// helpTexts are the help of each subcommand.
var helpTexts = map[string]string{
	"run":        runUsage,
	"resume":     resumeUsage,
	"runs":       runsUsage,
	"show":       showUsage,
	"trace":      traceUsage,
	"top":        topHelp,
	"serve":      member.ServeHelp,
	"worker":     member.WorkerHelp,
	"tasks":      member.TasksHelp,
	"doctor":     member.DoctorHelp,
	"web":        member.WebHelp,
	"completion": completionHelp,
	"man":        manHelp,
	"version":    "usage: skein version\n",
}

// runUsage is the help of skein run, and its documentation. Each stage has its
// own beside its flags.
const runUsage = `usage: skein run [flags] COMMAND [ARG...] [::: INPUT...]
       skein run [flags] --tasks FILE

Runs COMMAND once for each input, at most N at a time, waits for all, and tells
how each one ended.

` +
	inputUsage + commandUsage + runningUsage + onUsage + outputUsage + journalUsage + `exit status
  0        every task succeeded, or there was none; --until-success: one did
  1        some did not; standard error says which
  2        wrong usage or input. Nothing was started; if a read failed later, no
           further task
  3        --fail-fast or --max-failures stopped the run
  4        skein itself failed: output was lost or could not be kept, or the
           journal that --journal names
  126 127  COMMAND cannot be executed; does not exist
  129 130 143  ended by SIGHUP, SIGINT (ctrl-C), SIGTERM
  137      one of skein's two processes was killed
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

Lines of GNU parallel and xargs, and the same for skein run: docs/translate.md
`
