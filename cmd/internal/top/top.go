// Package top is the full-screen view of runs that go on.
//
// [Show] is the way in. It is linked into skein-top alone, not into skein,
// whose start it would slow down (decision 0015).
package top

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"example.com/skein/cmd/internal/attach"
)

// every is how often the screen is drawn anew.
const every = 500 * time.Millisecond

// Show shows the runs of these ids, one of which is chosen first if there are
// several, until the user leaves or the run has ended. It returns why it
// could not, or nil.
func Show(ids []string, o ...tea.ProgramOption) error {
	m := &model{ids: ids, width: 80, height: 24}
	defer func() {
		if m.client != nil {
			m.client.Close()
		}
	}()
	if len(ids) == 1 {
		if err := m.open(ids[0]); err != nil {
			return err
		}
	}
	_, err := tea.NewProgram(m, o...).Run()
	return err
}

// model is what the screen shows. All of it belongs to the loop of bubbletea;
// what it asks of a run is asked beside the loop, by commands.
type model struct {
	ids           []string
	client        *attach.Client // nil: a run is still to be chosen
	state         attach.State
	known         bool // there is a state
	at            int  // the line that is chosen
	task          int  // the task that is chosen; it stays so while the list moves
	output        bool // that of the chosen task is shown
	ask           *attach.Request
	told          string // the last error
	width, height int
}

// answer is what a run said.
type answer struct {
	state attach.State
	err   error
	asked string
}

type tick struct{}

func (m *model) open(id string) (err error) {
	m.client, err = attach.Dial(id)
	m.at = 0
	return err
}

func (m *model) Init() tea.Cmd {
	if m.client == nil {
		return nil
	}
	return m.request(m.look())
}

// look asks how the run stands.
func (m *model) look() attach.Request {
	q := attach.Request{Do: "state"}
	if m.output {
		q.Task = m.task
	}
	return q
}

// request asks the run, beside the loop.
func (m *model) request(q attach.Request) tea.Cmd {
	client := m.client
	return func() tea.Msg {
		state, err := client.Ask(q)
		return answer{state, err, q.Do}
	}
}

func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tick:
		return m, m.request(m.look())
	case answer:
		return m, m.take(msg)
	case tea.KeyPressMsg:
		return m, m.press(msg.String())
	}
	return m, nil
}

// take notes an answer. The state is asked for again after a while; that it no
// longer comes means that the run has ended.
func (m *model) take(a answer) tea.Cmd {
	if a.err == nil {
		m.state, m.known = a.state, true
		m.follow()
	}
	if a.asked == "state" {
		if a.err != nil {
			return tea.Quit
		}
		return tea.Tick(every, func(time.Time) tea.Msg { return tick{} })
	}
	m.told = ""
	if a.err != nil {
		m.told = a.err.Error()
	}
	return nil
}

// follow finds the chosen task's line.
func (m *model) follow() {
	for i, r := range m.state.Running {
		if r.Task == m.task {
			m.at = i
			return
		}
	}
	m.choose(m.at)
}

// choose moves to a line, or to the nearest that there is.
func (m *model) choose(line int) {
	m.at = max(0, min(line, m.lines()-1))
	m.task = 0
	if m.client != nil && m.at < len(m.state.Running) {
		m.task = m.state.Running[m.at].Task
	}
}

func (m *model) lines() int {
	if m.client == nil {
		return len(m.ids)
	}
	return len(m.state.Running)
}
