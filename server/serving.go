package server

// retire ends the connections of a stage that is served no more.
func (s *Server) retire(apiID, stage string) {
	if s.webSocket != nil { // nothing is connected while the server opens
		s.webSocket.Retire(apiID, stage)
		s.observers.metrics.Forget(apiID, stage)
	}
}
