package http2

import (
	"net/http"
	"slices"

	"golang.org/x/net/http2"
)

// take takes in a frame. Its error ends the connection, or a stream where it is a
// http2.StreamError.
func (c *conn) take(f http2.Frame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	// RFC 9113 section 3.4: a client begins with its settings.
	if _, first := f.(*http2.SettingsFrame); !c.settled && !first {
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	// These are judged by what they carry; all others cost a client nothing.
	switch f := f.(type) {
	case *http2.HeadersFrame:
		return c.takeHeaders(f)
	case *http2.ContinuationFrame:
		return c.fragment(f.HeaderBlockFragment(), f.HeadersEnded())
	case *http2.DataFrame:
		return c.takeData(f)
	}
	if !c.patient.spend(c.server.now(), 1) {
		return calm
	}
	switch f := f.(type) {
	case *http2.SettingsFrame:
		return c.takeSettings(f)
	case *http2.PingFrame:
		if !f.IsAck() {
			c.control(http2.FramePing, http2.FlagPingAck, 0, f.Data[:]...)
		}
	case *http2.WindowUpdateFrame:
		return c.takeWindow(f)
	case *http2.RSTStreamFrame:
		return c.takeReset(f)
	case *http2.PriorityFrame: // which is not used, but cannot depend on itself (RFC 7540 section 5.3.1)
		if f.StreamDep == f.StreamID {
			return http2.StreamError{StreamID: f.StreamID, Code: http2.ErrCodeProtocol}
		}
	case *http2.PushPromiseFrame: // RFC 9113 section 8.4: clients cannot push
		return http2.ConnectionError(http2.ErrCodeProtocol)
	case *http2.GoAwayFrame: // it opens no more streams and takes none, of which we open none
	}
	return nil // others are to be ignored (RFC 9113 section 5.5)
}

// takeHeaders begins a header block.
func (c *conn) takeHeaders(f *http2.HeadersFrame) error {
	id := f.StreamID
	st := c.streams[id]
	if id%2 == 0 || st == nil && id <= c.last && !slices.Contains(c.closed[:], id) {
		return http2.ConnectionError(http2.ErrCodeProtocol) // RFC 9113 section 5.1.1
	}
	// Only the last streams are remembered as closed. Of older ones it is the order that is
	// wrong, and both end the connection.
	if st == nil && id <= c.last {
		return http2.ConnectionError(http2.ErrCodeStreamClosed)
	}
	c.head.start(id, c.head.fields, f.StreamEnded(), st != nil)
	c.heading = c.server.now()
	// A block that was too long has switched it off.
	c.hpack.SetEmitEnabled(true)
	// The block is decoded all the same, or the tables would differ from then on.
	if f.HasPriority() && f.Priority.StreamDep == id {
		c.head.fault("the stream depends on itself")
	}
	return c.fragment(f.HeaderBlockFragment(), f.HeadersEnded())
}

// fragment takes in a part of a header block, of which package http2 has seen that nothing
// stands between. A block may be twice as long as what is allowed to come of it, so that most
// that are too long are answered, and is let through in as many frames as an honest client
// might send (CVE-2024-27316).
func (c *conn) fragment(p []byte, end bool) error {
	b, limits := &c.head, &c.server.Limits
	b.frames++
	if b.encoded += len(p); b.encoded > 2*limits.HeadBytes || b.frames > 8+limits.HeadBytes/1024 {
		return calm
	}
	// RFC 9113 section 4.3: an error of coding leaves the table unknown.
	if _, err := c.hpack.Write(p); err != nil {
		return http2.ConnectionError(http2.ErrCodeCompression)
	}
	if !end {
		return nil
	}
	c.heading = 0
	if c.hpack.Close() != nil {
		return http2.ConnectionError(http2.ErrCodeCompression)
	}
	if b.trailer {
		return c.trailer()
	}
	return c.open()
}

// trailer ends a request (RFC 9113 section 8.1).
func (c *conn) trailer() error {
	b := &c.head
	st := c.streams[b.id]
	switch {
	case st == nil: // it was ended meanwhile
		return nil
	case st.heard:
		return http2.StreamError{StreamID: b.id, Code: http2.ErrCodeStreamClosed}
	case !b.end || b.wrong != "" || b.large:
		return http2.StreamError{StreamID: b.id, Code: http2.ErrCodeProtocol}
	}
	// Others than those that were announced are left out, as net/http does: a field of the head
	// could be made by them behind the back of whoever has judged that.
	for _, f := range b.fields[1:] {
		if _, announced := st.request.Trailer[f.Name]; announced {
			if st.body.trailer == nil {
				st.body.trailer = http.Header{}
			}
			st.body.trailer[f.Name] = append(st.body.trailer[f.Name], f.Value)
		}
	}
	return c.heardAll(st)
}

// open begins a stream, or refuses it.
func (c *conn) open() error {
	b, limits, now := &c.head, &c.server.Limits, c.server.now()
	// Refused or not, the id was used: the client must not use it again (RFC 9113 section 5.1.1).
	c.last = max(c.last, b.id)
	verdict := b.judge(limits)
	switch {
	case verdict == malformed:
		c.refused(http.StatusBadRequest, "the head breaks a rule of HTTP/2: "+b.wrong, "", "")
		return http2.StreamError{StreamID: b.id, Code: http2.ErrCodeProtocol}
	// Handlers of streams that their client has reset count too (CVE-2023-44487).
	case len(c.streams) >= limits.Streams || c.running >= limits.Streams:
		return http2.StreamError{StreamID: b.id, Code: http2.ErrCodeRefusedStream}
	case verdict != fine:
		return c.refuse(verdict)
	}
	held, room := c.hold(b.size)
	if !room {
		return c.refuse(http.StatusServiceUnavailable)
	}
	st := streams.Get().(*stream)
	st.held = held
	// The room for lines goes with the stream, and that of an earlier one comes.
	spare := st.fields
	st.conn, st.id = c, b.id
	if !st.open(b) {
		b.fields = nil
		c.server.Bodies.Give(held)
		return http2.StreamError{StreamID: b.id, Code: http2.ErrCodeProtocol}
	}
	b.fields = spare
	st.heard, st.window, st.turn.L = b.end, c.initial, &c.mu
	// What a handler holds is bounded even where its client takes the answer byte by byte.
	st.due = now + int64(limits.Answer)
	c.streams[b.id] = st
	c.running++
	c.served, c.began = true, 0
	c.patient.give(requestGift)
	c.server.run(st)
	return nil
}

// hold takes what a request with a head of so many bytes is to hold while its handler works, and
// says whether there was room. The first of a connection costs as much as over HTTP/1.1, which
// has no other. The others cost a client a few bytes each, where their fields are told by their
// index or their answers are not taken: without a price one client with a thousand connections
// could have a hundred thousand of them wait, and no number of connections would bound them.
func (c *conn) hold(head int) (held int, room bool) {
	if c.running > 0 {
		held = requestCost
	}
	if head > readSize {
		held += headCost * head
	}
	return held, held == 0 || c.server.Bodies.Take(held, head)
}

// takeData takes in a part of a body (RFC 9113 section 6.1).
func (c *conn) takeData(f *http2.DataFrame) error {
	id, data, whole := f.StreamID, f.Data(), int64(f.Length)
	if whole > c.credit {
		return http2.ConnectionError(http2.ErrCodeFlowControl)
	}
	// CVE-2019-9518: frames without a byte would keep the reader busy for ever. Padding is as
	// empty, and its bytes count in the windows.
	if len(data) == 0 && !f.StreamEnded() && !c.patient.spend(c.server.now(), 2) {
		return calm
	}
	c.credit -= whole
	st := c.streams[id]
	// The client may not know yet that the stream was ended here, and pays a little for what it
	// sends meanwhile. Its bytes count in the window of the connection all the same.
	if st == nil || st.heard {
		c.giveBack(int(whole))
		if id > c.last {
			return http2.ConnectionError(http2.ErrCodeProtocol)
		}
		return http2.StreamError{StreamID: id, Code: http2.ErrCodeStreamClosed}
	}
	b := &st.body
	if whole > b.credit {
		c.giveBack(int(whole))
		return http2.StreamError{StreamID: id, Code: http2.ErrCodeFlowControl}
	}
	b.credit -= whole
	b.owed += whole - int64(len(data)) // padding is read already
	c.giveBack(int(whole) - len(data))
	// RFC 9113 section 8.1.1: a body has the length that was declared.
	if b.length >= 0 && b.got+int64(len(data)) > b.length {
		c.giveBack(len(data))
		return http2.StreamError{StreamID: id, Code: http2.ErrCodeProtocol}
	}
	if len(data) > 0 {
		// Bodies in crumbs earn nothing.
		c.patient.give(min(dataGift, len(data)/64))
		b.put(data)
	}
	if f.StreamEnded() {
		return c.heardAll(st)
	}
	return nil
}

// heardAll ends a request.
func (c *conn) heardAll(st *stream) error {
	if b := &st.body; b.length >= 0 && b.got != b.length {
		return http2.StreamError{StreamID: st.id, Code: http2.ErrCodeProtocol}
	}
	// Both sides may be done with it now, while its handler still reads what came.
	st.heard = true
	st.ended()
	st.turn.Broadcast()
	return nil
}

// takeSettings takes in what the client wants (RFC 9113 section 6.5).
func (c *conn) takeSettings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	if !c.settled {
		c.settled, c.began = true, 0
	}
	// There are six that mean something; each is work.
	if f.NumSettings() > 64 {
		return calm
	}
	if err := f.ForeachSetting(c.setting); err != nil {
		return err
	}
	c.control(http2.FrameSettings, http2.FlagSettingsAck, 0)
	return nil
}

// setting takes in one. Frames and headers are sent as every client takes them.
func (c *conn) setting(s http2.Setting) error {
	if err := s.Valid(); err != nil {
		return err
	}
	switch s.ID {
	case http2.SettingHeaderTableSize:
		// Whether it shrinks or grows: telling of an empty table is right in both cases.
		c.shrink = true
	case http2.SettingInitialWindowSize:
		// RFC 9113 section 6.9.2: it changes the windows that there are, which may become negative.
		// Whoever waits may go on, or must go on waiting.
		more := int64(s.Val) - c.initial
		c.initial = int64(s.Val)
		for _, st := range c.streams {
			if st.window += more; st.window > mostWindow {
				return http2.ConnectionError(http2.ErrCodeFlowControl)
			}
			st.turn.Broadcast()
		}
	}
	return nil
}

const mostWindow = 1<<31 - 1

// takeWindow lets more be sent (RFC 9113 section 6.9).
func (c *conn) takeWindow(f *http2.WindowUpdateFrame) error {
	if f.StreamID == 0 {
		if c.window += int64(f.Increment); c.window > mostWindow {
			return http2.ConnectionError(http2.ErrCodeFlowControl)
		}
		c.wakeAll()
		return nil
	}
	st := c.streams[f.StreamID]
	switch {
	case st == nil && f.StreamID > c.last:
		return http2.ConnectionError(http2.ErrCodeProtocol)
	case st == nil: // it may be over here and not there yet
		return nil
	}
	if st.window += int64(f.Increment); st.window > mostWindow {
		return http2.StreamError{StreamID: f.StreamID, Code: http2.ErrCodeFlowControl}
	}
	st.turn.Broadcast()
	return nil
}

// takeReset ends a stream that its client has given up. It costs as much as the work that
// may have been begun for it (CVE-2023-44487).
func (c *conn) takeReset(f *http2.RSTStreamFrame) error {
	if f.StreamID > c.last {
		return http2.ConnectionError(http2.ErrCodeProtocol)
	}
	if st := c.streams[f.StreamID]; st != nil {
		if !c.patient.spend(c.server.now(), requestGift+costlyNoise) {
			return calm
		}
		st.over(errGone)
	}
	return nil
}
