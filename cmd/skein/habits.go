package main

// What people type who know xargs, GNU parallel or rush, and what to write
// instead.
const (
	useMany       = "-n N gives up to N inputs to a command, -X as many as fit; without either each input has one"
	useRecords    = "with --pipe a block has whole records, as many as --block SIZE holds; so many lines for each task to read: skein run -n 2 sh -c 'printf \"%s\\n\" \"$@\" | COMMAND' sh"
	showsProgress = "progress is shown by itself when standard error is a terminal; leave it out"
	useReplace    = "{} is the input, without a flag; --replace STR lets STR stand for it"
	useLine       = "--line shows each line as it comes"
	useLines      = "the lines of a file are a source so, in bash: mapfile -t lines <FILE; skein run COMMAND ::: A B ::: \"${lines[@]}\""
	useFrom       = "--from FILE reads the inputs from a file"
	useLog        = "--events FILE notes what starts and ends, --json prints how each task ended; after a run skein show tells it from the journal"
	useResume     = "a run keeps a journal by itself: skein resume goes on with it; skein run --journal DIR runs what is new"
	useFailed     = "a run keeps a journal by itself: skein resume --failed repeats what failed"
	useSplit      = "an input is a line, or with -0 ends with NUL: tr ';' '\\n' | skein run ..."
	useAttempts   = "--attempts N tries a task up to N times in total"
	usePolicy     = "--fail-fast stops at the first failure, --max-failures N at the Nth, --until-success at the first success"
	useTable      = "--csv and --tsv read tables, whose first line names the columns: {NAME} or {1}; for others: tr ';' ',' | skein run --csv ..."
	usePipe       = "--pipe cuts standard input into blocks of --block SIZE at each --record-end STR"
	useGuard      = "there is no semaphore: -j N bounds the tasks of one run, flock(1) keeps others out: flock FILE COMMAND"
	noMachines    = "running on other machines is not there yet"
	useTag        = "--tag-with STR puts STR before each line, with placeholders"
	useResults    = "--results DIR keeps the output of each task in files"
	notNeeded     = "it is not needed; leave it out"
	useNice       = "put it before all: nice -n 10 skein run ..."
	usePlaces     = "the placeholders are {} {.} {/} {//} {/.} {#} {%}, {1} and {NAME} of columns, and {q}: skein help run"
	useStdin      = "with --pipe a block is the task's standard input: skein run --pipe 'cat >block{#}; ...'"
	asIs          = "the arguments are given to the command as they are; leave it out"
)

var habits = map[string]string{
	"-P": "-j N runs at most N at a time", "--max-procs": "-j N runs at most N at a time",
	"-I": useReplace, "-i": useReplace,
	"-N": useMany, "--max-replace-args": useMany,
	"-L": useMany, "-l": useMany, "--max-lines": useMany,
	"-m": useMany, "--xargs": useMany,
	"-s": useMany, "--max-chars": useMany, "-x": useMany, "--exit": useMany,
	"-a": useFrom, "--arg-file": useFrom,
	"-d": useSplit, "--delimiter": useSplit, "-D": useSplit, "-E": useSplit, "-e": usePolicy, "--eof": useSplit,
	"-r": "no input, no command: that is the default, leave it out", "--no-run-if-empty": "no input, no command: that is the default, leave it out",
	"-t": "-v says what starts and ends; --dry-run prints the commands", "--trace": "-v says what starts and ends; --dry-run prints the commands",
	"-p": "--dry-run prints the commands; pick from them and give them to skein run --tasks -", "--interactive": "--dry-run prints the commands; pick from them and give them to skein run --tasks -",
	"-o":         "flags end at COMMAND, and its own come after it; output is kept together by default",
	"--open-tty": "--tty gives each task a terminal, --stdin inherit what skein reads",
	"-q":         asIs, "--quote": asIs, "--gnu": notNeeded, "--no-notice": notNeeded, "--will-cite": notNeeded, "--citation": notNeeded, "--bibtex": notNeeded,
	"--retries": useAttempts, "--retry": useAttempts, "--retry-failed": useFailed, "--resume-failed": useFailed,
	"--resume": useResume, "-c": useResume, "--continue": useResume,
	"--joblog": useLog, "--log": useLog,
	"--halt": usePolicy, "--halt-on-error": usePolicy, "--stop-on-error": usePolicy,
	"--bar": showsProgress, "--eta": showsProgress,
	"-u": useLine, "--ungroup": useLine, "--lb": useLine, "--line-buffer": useLine, "--linebuffer": useLine,
	"--group":     "output is kept together by default; leave it out",
	"--tagstring": useTag, "--tag-string": useTag,
	"-C": useTable, "--colsep": useTable, "--header": useTable, "--trim": useTable,
	"--res": useResults, "--files": useResults,
	"--pipepart": usePipe, "--spreadstdin": usePipe, "--recstart": usePipe, "--recend": usePipe, "--regexp": usePipe,
	"--cat": useStdin, "--fifo": useStdin, "--roundrobin": usePipe, "--round-robin": usePipe,
	"--env":  "tasks have the whole environment, and functions that bash exports: leave it out",
	"--link": "link sources with :::+", "--xapply": "link sources with :::+",
	"-S": noMachines, "--sshlogin": noMachines, "--slf": noMachines, "--sshloginfile": noMachines, "--transfer": noMachines, "--return": noMachines, "--onall": noMachines,
	"-f": useFrom, "--file": useFrom, "--input": useFrom,
	"--semaphore": useGuard, "--semaphorename": useGuard, "--sem": useGuard, "--semaphoretimeout": useGuard, "--id": useGuard, "--fg": useGuard, "--bg": useGuard,
	"--nice": useNice, "--maxfail": usePolicy,
	"--load": "start fewer at a time with -j", "--memfree": "start fewer at a time with -j", "--noswap": "start fewer at a time with -j",
	"--shuf": "shuffle the inputs: shuf | skein run ...", "--tmux": "-v and --line show what is going on",
	"--dryrun": "it is --dry-run", "--keeporder": "it is --keep-order, or -k",
	"--wd": "--chdir DIR runs the tasks there", "--workdir": "--chdir DIR runs the tasks there", "--cwd": "--chdir DIR runs the tasks there",
	"--process-slot-var": "{%} is the number of the slot, and SKEIN_SLOT in the environment", "--rpl": usePlaces, "--plus": usePlaces,
	"--version": "skein --version", "-V": "skein --version",
}
