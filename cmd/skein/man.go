package main

import (
	"fmt"
	"strings"

	"example.com/skein/cmd/internal/member"
	"example.com/skein/cmd/internal/usage"
)

const manHelp = `usage: skein man [SUBCOMMAND]

Prints a man page, made from the help: skein man run >skein-run.1
`

// pages are the subcommands that have a man page; "" is skein itself.
var pages = map[string]struct{ what, text string }{
	"":           {"run commands over inputs, and account for each", topUsage},
	"run":        {"run a command once for each input", runUsage},
	"top":        {"look into a run that goes on", topHelp},
	"resume":     {"go on with a run that did not come to its end", resumeUsage},
	"runs":       {"past and present runs", runsUsage},
	"show":       {"what became of the tasks of a run", showUsage},
	"trace":      {"when the tasks of a run ran, as trace events", traceUsage},
	"serve":      {"the server of a cluster", member.ServeHelp},
	"worker":     {"run commands for a cluster", member.WorkerHelp},
	"tasks":      {"look at the tasks of a cluster, and change them", member.TasksHelp},
	"doctor":     {"what a cluster's server promises", member.DoctorHelp},
	"web":        {"a page of a cluster", member.WebHelp},
	"completion": {"complete the command line in a shell", completionHelp},
}

// man is skein man.
func man(args []string) int {
	name := strings.Join(args, " ")
	if name == "--help" || name == "-h" {
		return help([]string{"man"})
	}
	page, ok := pages[name]
	if !ok {
		return fail("man", usage.Errorf("skein man, or one of run, resume, runs, show, trace, top, serve, worker, tasks, web, doctor, completion after it", "%s: no such page", name))
	}
	fmt.Print(roff(strings.TrimSuffix("skein-"+name, "-"), page.what, page.text))
	return 0
}

// roff makes a page of a help text. Its lines stay as they are, for they are
// set in columns; a line that is a heading, a word or two at the margin after
// a blank line with indented ones after it, begins a section.
func roff(name, what, text string) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH %s 1\n.SH NAME\n%s \\- %s\n.SH DESCRIPTION\n.nf\n", strings.ToUpper(name), escape(name), escape(what))
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		if isHeading(lines, i) {
			fmt.Fprintf(&b, ".fi\n.SH %s\n.nf\n", strings.ToUpper(escape(line)))
			continue
		}
		if line != "" || i+1 < len(lines) && !isHeading(lines, i+1) {
			b.WriteString(escape(line) + "\n")
		}
	}
	b.WriteString(".fi\n")
	return b.String()
}

func isHeading(lines []string, i int) bool {
	line := lines[i]
	return i > 0 && lines[i-1] == "" && i+1 < len(lines) && strings.HasPrefix(lines[i+1], "  ") &&
		line != "" && line[0] != ' ' && len(strings.Fields(line)) <= 2 && !strings.ContainsAny(line, ":.")
}

// escape makes text of what roff would take for an order.
func escape(line string) string {
	line = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(line)
	if strings.HasPrefix(line, ".") {
		line = `\&` + line
	}
	return line
}
