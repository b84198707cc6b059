#pragma once

#include "service/grpc_stream.h"

namespace voisin::service {

// What StreamUpsert does with each request: an UpsertAck, also when the request is bad or fails. Requests run
// at the same time unless they write the same document.
OrderedStream::Handler UpsertStreamHandler(CallEnvironment& environment);

}  // namespace voisin::service
