#include "service/grpc_stream.h"

#include "service/errors.h"
#include "service/grpc_status.h"

namespace voisin::service {
namespace {

absl::Status Stopping() {
  return RetryAfter(absl::UnavailableError("the server is stopping and reads no further requests"),
                    absl::Seconds(1));
}

}  // namespace

OrderedStream* OrderedStream::Start(CallEnvironment& environment, std::string_view method,
                                    const grpc::CallbackServerContext& context, Handler handler) {
  const std::shared_ptr<OrderedStream> stream(
      new OrderedStream(environment, method, context, std::move(handler)));
  stream->self_ = stream;
  environment.streams.Add(stream);
  stream->Advance();
  return stream.get();
}

OrderedStream::OrderedStream(CallEnvironment& environment, std::string_view method,
                             const grpc::CallbackServerContext& context, Handler handler)
    : environment_(environment),
      method_(method),
      context_(ContextOf(context, cancelled_)),
      handler_(std::move(handler)) {}

void OrderedStream::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  Advance();
}

// The next read starts when the handler has returned: it is called in the order of the requests.
void OrderedStream::OnReadDone(bool ok) {
  if (const std::optional<uint64_t> sequence = Expect(ok)) Handle(*sequence);
  {
    MutexLock lock(mutex_);
    reading_ = false;
  }
  Advance();
}

std::optional<uint64_t> OrderedStream::Expect(bool ok) {
  MutexLock lock(mutex_);
  if (!ok) read_all_ = true;
  if (!ok || ended_ || finished_) return std::nullopt;
  answers_.emplace_back();
  ++pending_;
  return first_ + answers_.size() - 1;
}

void OrderedStream::Handle(uint64_t sequence) {
  grpc::ByteBuffer request;
  request.Swap(&request_);
  handler_(sequence, request, context_,
           [self = shared_from_this(), sequence](absl::StatusOr<grpc::ByteBuffer> answer) {
             self->Settle(sequence, std::move(answer));
           });
}

void OrderedStream::OnWriteDone(bool ok) {
  {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) End(absl::CancelledError("the client is gone"));
  }
  Advance();
}

void OrderedStream::OnCancel() {
  cancelled_->store(true);
  {
    MutexLock lock(mutex_);
    End(absl::CancelledError("the client is gone"));
  }
  Advance();
}

void OrderedStream::OnDone() {
  environment_.streams.Remove(this);
  {
    MutexLock lock(mutex_);
    LogCall(environment_.log, method_, start_, *ended_);
  }
  const std::shared_ptr<OrderedStream> last = std::move(self_);
}

void OrderedStream::Settle(uint64_t sequence, absl::StatusOr<grpc::ByteBuffer> answer) {
  {
    MutexLock lock(mutex_);
    answers_[sequence - first_] = std::move(answer);
    --pending_;
  }
  Advance();
}

void OrderedStream::Advance() {
  const std::shared_ptr<OrderedStream> alive =
      shared_from_this();  // Finish may let go of the last other owner
  for (Step step = NextStep(true); step != Step::none; step = NextStep(false)) Take(step);
}

OrderedStream::Step OrderedStream::NextStep(bool entering) {
  MutexLock lock(mutex_);
  if (entering && advancing_) return Step::none;
  const Step step = DueStep();
  advancing_ = step != Step::none;
  return step;
}

void OrderedStream::Take(Step step) {
  switch (step) {
    case Step::none:
      break;
    case Step::read:
      StartRead(&request_);
      break;
    case Step::write:
      StartWrite(&response_);
      break;
    case Step::finish:
      Finish(finish_status_);
      break;
  }
}

OrderedStream::Step OrderedStream::DueStep() {
  if (finished_) return Step::none;
  if (!writing_ && !ended_ && TakeAnswer()) {
    writing_ = true;
    return Step::write;
  }
  if (MayFinish()) {
    finished_ = true;
    finish_status_ = ToGrpc(*ended_);
    return Step::finish;
  }
  if (!MayRead()) return Step::none;
  reading_ = true;
  return Step::read;
}

bool OrderedStream::TakeAnswer() {
  if (answers_.empty() || !answers_.front()) return false;
  absl::StatusOr<grpc::ByteBuffer> answer = *std::move(answers_.front());
  answers_.pop_front();
  ++first_;
  if (answer.ok()) {
    response_ = *std::move(answer);
  } else {
    End(std::move(answer).status());
  }
  return !ended_;
}

bool OrderedStream::MayRead() const {
  return !reading_ && !read_all_ && !ended_ && !stopping_ && answers_.size() < kMaxOutstanding;
}

bool OrderedStream::MayFinish() {
  if (writing_ || pending_ > 0) return false;
  if (answers_.empty() && read_all_) End(absl::OkStatus());
  if (answers_.empty() && stopping_) End(Stopping());
  return ended_.has_value();
}

void OrderedStream::End(absl::Status status) {
  if (!ended_) ended_ = std::move(status);
}

}  // namespace voisin::service
