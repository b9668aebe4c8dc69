package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"example.com/skein/cluster"
	"example.com/skein/cluster/doctor"
	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/member"
	"example.com/skein/cmd/internal/usage"
)

// runDoctor is skein doctor.
func runDoctor(args []string) int {
	var f member.Doctor
	set := f.Set()
	done, err := parse(set, member.DoctorHelp, args)
	if err == nil {
		err = none(set)
	}
	if err != nil {
		return fail("doctor", err, exitUsage)
	}
	if done {
		return 0
	}
	all, err := examine(&f)
	if err == nil {
		err = printFindings(all, f.JSON)
	}
	switch {
	case err != nil:
		return fail("doctor", err, exitUsage)
	case doctor.Sick(all):
		return exitFailed
	}
	return 0
}

func examine(f *member.Doctor) ([]doctor.Finding, error) {
	ctx, _, release := signals()
	defer release()
	for _, at := range f.Monitor {
		if u, err := url.Parse(at); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			return nil, usage.Errorf(monitorHint, "--monitor %s: not the address of a page", inert.Text(at))
		}
	}
	address, opts, err := on(f.On)
	if err != nil {
		return nil, err
	}
	nc, err := cluster.Dial(address, opts...)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	all, err := doctor.Examine(ctx, nc, doctor.Options{Monitor: f.Monitor})
	if no := (*url.Error)(nil); errors.As(err, &no) {
		err = usage.Errorf(monitorHint, "--monitor: %v", no)
	}
	return all, err
}

const monitorHint = "it is the http port of a server, as in http://HOST:8222; skein serve has none, and tells without it"

// printFindings prints what was found: for people what it means below it, and at
// the end all in one line.
func printFindings(all []doctor.Finding, asJSON bool) error {
	out := bufio.NewWriter(os.Stdout)
	by := map[doctor.Level][]string{}
	for _, f := range all {
		by[f.Level] = append(by[f.Level], inert.Text(f.What))
		if asJSON {
			b, err := json.Marshal(f)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "%s\n", inert.JSON(b))
			continue
		}
		fmt.Fprintf(out, "%-8s %s: %s\n         %s\n", f.Level, inert.Text(f.What), inert.Text(f.Found), inert.Text(f.Means))
	}
	if !asJSON {
		fmt.Fprintln(out, verdict(by))
	}
	return out.Flush()
}

func verdict(by map[doctor.Level][]string) string {
	text := "nothing breaks the promise"
	if broken := by[doctor.Broken]; len(broken) > 0 {
		text = "the promise does not hold: " + strings.Join(broken, ", ")
	}
	if look := by[doctor.Look]; len(look) > 0 {
		text += "; worth a look: " + strings.Join(look, ", ")
	}
	if unknown := by[doctor.Unknown]; len(unknown) > 0 {
		text += "; not known: " + strings.Join(unknown, ", ")
	}
	return text
}
