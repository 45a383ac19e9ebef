package cli

import (
	"fmt"
	"io"
	"time"
)

// progress shows long work on stderr: one line that is written over on a
// terminal, a plain line now and then elsewhere.
type progress struct {
	w        io.Writer
	terminal bool
	now      func() time.Time
	start    time.Time
	last     time.Time
	open     bool // a line on the terminal is to be wiped
}

// everyLine is how long a plain log stays silent.
const everyLine = 10 * time.Second

func newProgress(env *Env) *progress {
	t := env.Now()
	return &progress{w: env.Stderr, terminal: env.StderrTerminal, now: env.Now, start: t, last: t}
}

// loading reports bytes of export files: done of total.
func (p *progress) loading(file string, done, total int64) {
	text := fmt.Sprintf("loading %s, %d of %d MB", file, done/1e6, total/1e6)
	if s := p.now().Sub(p.start).Seconds(); s > 1 && done > 0 {
		text += fmt.Sprintf(", %.0f MB/s, %s left", float64(done)/1e6/s, time.Duration(s*float64(total-done)/float64(done)*1e9).Round(time.Second))
	}
	p.say(text)
}

// step reports what else the run does.
func (p *progress) step(what string) { p.say(what) }

func (p *progress) say(text string) {
	if p.terminal {
		p.open = true
		fmt.Fprintf(p.w, "\r\x1b[K%.110s", text)
		return
	}
	if now := p.now(); now.Sub(p.last) >= everyLine {
		p.last = now
		fmt.Fprintln(p.w, text)
	}
}

// end wipes the line.
func (p *progress) end() {
	if p.open {
		p.open = false
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}
