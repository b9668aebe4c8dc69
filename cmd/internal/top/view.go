package top

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"example.com/skein/cmd/internal/attach"
)

func (m *model) View() tea.View {
	v := tea.NewView(m.text())
	v.AltScreen = true
	return v
}

// text is the screen: two lines of head, the list, and a line of foot.
func (m *model) text() string {
	head, list := m.runs()
	if m.client != nil {
		head, list = m.run()
	}
	below := m.below()
	room := max(1, m.height-len(head)-len(below)-1)
	from := max(0, m.at-room+1)
	lines := append(head, list[min(from, len(list)):min(from+room, len(list))]...)
	for len(lines) < m.height-len(below)-1 {
		lines = append(lines, "")
	}
	lines = append(append(lines, below...), m.foot())
	for i, line := range lines {
		lines[i] = ansi.Truncate(line, m.width, "…")
	}
	return strings.Join(lines, "\n")
}

// below is the end of what the chosen task has written, in half of the screen.
func (m *model) below() []string {
	if !m.output || m.task == 0 || m.client == nil {
		return nil
	}
	room := max(1, m.height/2)
	text := ansi.Strip(strings.ReplaceAll(string(m.state.Output), "\r", "\n"))
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	lines = lines[max(0, len(lines)-room+1):]
	all := []string{fmt.Sprintf("-- the end of what task %d has written", m.task)}
	for _, line := range lines {
		all = append(all, printable(strings.ReplaceAll(line, "\t", "    ")))
	}
	return all
}

func (m *model) runs() (head, list []string) {
	for i, id := range m.ids {
		list = append(list, m.mark(i)+printable(id))
	}
	return []string{"runs that go on", ""}, list
}

func (m *model) run() (head, list []string) {
	s := &m.state
	if !m.known {
		return []string{"asking the run ...", ""}, nil
	}
	head = []string{
		printable(s.ID + "  skein " + strings.Join(s.Args, " ")),
		fmt.Sprintf("%s  %d running, at most %d  %s", age(s.Time.Sub(s.Begun)), s.Active, s.Limit, counts(s)),
	}
	for i, r := range s.Running {
		list = append(list, fmt.Sprintf("%s%6d  %8s  %s", m.mark(i), r.Task, age(s.Time.Sub(r.Since)), printable(r.Name)))
	}
	return head, list
}

func counts(s *attach.State) string {
	var parts []string
	for _, outcome := range slices.Sorted(maps.Keys(s.Counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", s.Counts[outcome], outcome))
	}
	if s.Halted != "" {
		parts = append(parts, "halted: "+printable(s.Halted))
	}
	return strings.Join(parts, ", ")
}

func (m *model) mark(line int) string {
	if line == m.at {
		return "> "
	}
	return "  "
}

func (m *model) foot() string {
	switch {
	case m.ask != nil && m.ask.Do == "stop":
		return "stop the run, with all its tasks? y / n"
	case m.ask != nil:
		return fmt.Sprintf("cancel task %d? y / n", m.ask.Task)
	case m.told != "":
		return printable(m.told)
	case m.client == nil:
		return "up down choose   enter look   q leave"
	}
	return "up down choose   enter output   + - limit   c cancel   s stop the run   q leave"
}

func age(d time.Duration) string { return max(0, d).Truncate(time.Second).String() }

// printable keeps what a name holds from being an order to the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
