package top

import (
	tea "charm.land/bubbletea/v2"

	"example.com/skein/cmd/internal/attach"
)

// press does what a key says.
func (m *model) press(key string) tea.Cmd {
	if key == "ctrl+c" {
		return tea.Quit
	}
	if m.ask != nil {
		q := *m.ask
		m.ask = nil
		if key == "y" {
			return m.request(q)
		}
		return nil
	}
	switch key {
	case "q", "esc":
		return tea.Quit
	case "up", "k":
		m.choose(m.at - 1)
	case "down", "j":
		m.choose(m.at + 1)
	case "enter":
		return m.enter()
	default:
		if m.client != nil && m.known {
			return m.change(key)
		}
	}
	return nil
}

// enter opens the chosen run, or shows the output of the chosen task.
func (m *model) enter() tea.Cmd {
	if m.client != nil {
		m.output = !m.output
		return nil
	}
	if err := m.open(m.ids[m.at]); err != nil {
		m.told = err.Error()
		return nil
	}
	return m.Init()
}

// change changes the run. What cannot be taken back is asked about first.
func (m *model) change(key string) tea.Cmd {
	switch key {
	case "+", "=":
		return m.limit(m.state.Limit + 1)
	case "-":
		return m.limit(max(1, m.state.Limit-1))
	case "c":
		if m.task != 0 {
			m.ask = &attach.Request{Do: "cancel", Task: m.task}
		}
	case "s":
		m.ask = &attach.Request{Do: "stop"}
	}
	return nil
}

func (m *model) limit(n int) tea.Cmd {
	return m.request(attach.Request{Do: "limit", Limit: &n})
}
