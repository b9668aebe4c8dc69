package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"example.com/skein/cluster/internal/permit"
)

// queues looks at the consumers, of which each type of task has three.
func (p *patient) queues(ctx context.Context) error {
	if p.tasks == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	s, err := p.js.Stream(ctx, permit.Tasks)
	if err != nil {
		return fmt.Errorf("doctor: list the queues: %w", err)
	}
	list := s.ListConsumers(ctx)
	for c := range list.Info() {
		p.consumers = append(p.consumers, c)
	}
	if err := list.Err(); err != nil {
		return fmt.Errorf("doctor: list the queues: %w", err)
	}
	p.lease()
	pending, out := 0, 0
	for _, c := range p.consumers {
		pending += int(c.NumPending)
		out += c.NumAckPending
		p.queue(c)
	}
	p.find("queues", Fine, "a message has 1 to 64 tasks", "%d, %d messages wait, %d are with workers", len(p.consumers), pending, out)
	return nil
}

// left is how many messages there are with tasks that have not ended.
func (p *patient) left() (n int) {
	for _, c := range p.consumers {
		n += int(c.NumPending) + c.NumAckPending
	}
	return n
}

// lease looks at how long a worker may be silent.
func (p *patient) lease() {
	least, most := time.Duration(0), time.Duration(0)
	for _, c := range p.consumers {
		if wait := c.Config.AckWait; least == 0 || wait < least {
			least = wait
		}
		most = max(most, c.Config.AckWait)
	}
	if least == 0 {
		return // nobody has submitted anything
	}
	text := least.String()
	if most != least {
		text += " to " + most.String()
	}
	level, means := Fine, "A6: tasks of a worker that vanishes run elsewhere after so long"
	if least < 20*p.trip || least < time.Second {
		level, means = Look, "A6: so short that a worker which only stands still for a moment has its tasks run twice; open clients with a longer Lease"
	}
	p.find("lease", level, means, "%s", text)
}

// many is how often a message must have been given out again to be worth a word.
const many = 100

// queue tells of one consumer, if there is something to tell.
func (p *patient) queue(c *jetstream.ConsumerInfo) {
	kind, typ, _ := strings.Cut(c.Name, "-")
	what := "queue " + c.Name
	switch {
	case c.NumPending > 0 && c.NumWaiting == 0 && c.NumAckPending == 0:
		p.find(what, Look, "A4: no worker asks for these: they wait until one for this type comes", "%d messages wait", c.NumPending)
	case c.Config.MaxAckPending > 0 && c.NumAckPending >= c.Config.MaxAckPending && kind != permit.Limited && !strings.HasPrefix(c.Name, permit.Limited+"+"):
		p.find(what, Look, "the server gives out no more until some end: there are more slots than that, or workers do not acknowledge", "%d messages are with workers, the most that may be", c.NumAckPending)
	case c.NumRedelivered > many:
		p.find(what, Look, "A3: workers vanish, or are cut off, while they have these; what ran may run again", "%d messages were given out more than once", c.NumRedelivered)
	case kind == permit.Suspect && c.NumPending+uint64(c.NumAckPending) > 0:
		p.find(what, Look, "two workers have vanished with each of these: they may kill the third", "%d tasks of type %s are suspect", c.NumPending+uint64(c.NumAckPending), typ)
	}
}
