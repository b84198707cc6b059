#pragma once

#include <grpcpp/support/server_callback.h>

#include <deque>
#include <optional>

#include "service/grpc_access.h"
#include "service/grpc_environment.h"
#include "service/grpc_message.h"

namespace voisin::service {

// A stream of requests, each with one answer, in order. At most kMaxOutstanding requests are read and not yet
// answered: who sends faster waits (HTTP/2 flow control). Keeps itself alive until gRPC is done with it.
class OrderedStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                            public std::enable_shared_from_this<OrderedStream> {
 public:
  static constexpr size_t kMaxOutstanding = 8;

  // Called for one request after the other, numbered from 0. Answers once, on any thread; an error ends the
  // stream after the answers before it.
  using Handler = std::function<void(uint64_t sequence, const grpc::ByteBuffer& request, CallContext context,
                                     Callback<grpc::ByteBuffer> done)>;

  // For gRPC, which calls OnDone at the end. `method` is a literal.
  static OrderedStream* Start(CallEnvironment& environment, std::string_view method,
                              const grpc::CallbackServerContext& context, Handler handler);

  // Answers what was read, then ends with UNAVAILABLE. From any thread.
  void Stop();

 private:
  // The next thing to ask of gRPC.
  enum class Step { none, read, write, finish };

  OrderedStream(CallEnvironment& environment, std::string_view method,
                const grpc::CallbackServerContext& context, Handler handler);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  std::optional<uint64_t> Expect(bool ok);
  void Handle(uint64_t sequence);
  void Settle(uint64_t sequence, absl::StatusOr<grpc::ByteBuffer> answer);

  // Takes steps until none is due. One thread at a time does; the others leave theirs to it.
  void Advance();
  Step NextStep(bool entering);
  void Take(Step step);
  Step DueStep() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeAnswer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayRead() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayFinish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void End(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  CallEnvironment& environment_;
  const std::string_view method_;
  const absl::Time start_ = absl::Now();
  const CancelFlag cancelled_ = std::make_shared<std::atomic<bool>>(false);
  const CallContext context_;
  const Handler handler_;
  std::shared_ptr<OrderedStream> self_;  // until OnDone

  grpc::ByteBuffer request_;   // of the read that runs
  grpc::ByteBuffer response_;  // of the write that runs
  grpc::Status finish_status_;

  Mutex mutex_;
  // Requests without a written answer, oldest first; the first has number first_.
  std::deque<std::optional<absl::StatusOr<grpc::ByteBuffer>>> answers_ ABSL_GUARDED_BY(mutex_);
  uint64_t first_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t pending_ ABSL_GUARDED_BY(mutex_) = 0;      // handlers that have not answered
  bool advancing_ ABSL_GUARDED_BY(mutex_) = false;  // some thread is in Advance
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool read_all_ ABSL_GUARDED_BY(mutex_) = false;  // the client sends no more
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> ended_ ABSL_GUARDED_BY(mutex_);  // set: no further answer is written
};

}  // namespace voisin::service
