#include "service/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "service/errors.h"
#include "tests/support/scratch_dir.h"

namespace voisin::service {
namespace {

using testing::HasSubstr;

class ConfigTest : public testing::Test {
 protected:
  std::filesystem::path File(std::string_view toml) {
    auto path = scratch_.path() / "voisin.toml";
    EXPECT_TRUE(WriteFileAtomically(path, toml).ok());
    return path;
  }
  std::string Refusal(const ConfigSources& sources) {
    const absl::Status status = LoadConfig(sources).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(MessageOf(status));
  }
  std::string FileRefusal(std::string_view toml) { return Refusal({File(toml), {}, {}}); }

 private:
  test::ScratchDir scratch_;
};

TEST_F(ConfigTest, DefaultsBindThisMachineOnly) {
  const auto config = LoadConfig({});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->address, "127.0.0.1:50051");
  EXPECT_EQ(config->data_dir, "./voisin-data");
  EXPECT_EQ(config->models_dir, "./.voisin/models");
  EXPECT_EQ(config->max_message_bytes, size_t{64} << 20);
}

TEST_F(ConfigTest, FlagsWinOverEnvironmentOverFile) {
  ConfigSources sources;
  sources.file = File("address = '1.1.1.1:1'\nthreads = 3\ndrain_seconds = 1\n[limits]\ntop_k = 5\n");
  sources.environment = {{"VOISIN_ADDRESS", "2.2.2.2:2"},
                         {"VOISIN_LIMITS_TOP_K", "6"},
                         {"VOISIN_MODELS_MEMORY", "77"},
                         {"VOISIN_SEED", "x"}};
  sources.flags = {{"limits.top_k", "7"}, {"log_format", "json"}};
  const auto config = LoadConfig(sources);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->threads, 3);
  EXPECT_EQ(config->drain_seconds, 1);
  EXPECT_EQ(config->models_memory, 77u);
  EXPECT_EQ(config->address, "2.2.2.2:2");
  EXPECT_EQ(config->limits.top_k, 7u);
  EXPECT_EQ(config->log_format, LogFormat::json);
}

TEST_F(ConfigTest, RefusesUnknownKeysByName) {
  EXPECT_THAT(FileRefusal("adress = 'x'"), HasSubstr("unknown key \"adress\""));
  EXPECT_THAT(FileRefusal("[limits]\ntopk = 1"), HasSubstr("unknown key \"limits.topk\""));
  EXPECT_THAT(Refusal({{}, {}, {{"no", "x"}}}), HasSubstr("flags: unknown key \"no\""));
}

TEST_F(ConfigTest, SaysWhereAndWhatWasExpected) {
  EXPECT_THAT(FileRefusal("threads = 'two'"), HasSubstr("threads: expected an integer, got \"two\""));
  EXPECT_THAT(FileRefusal("threads = -1"), HasSubstr("expected a number from 0 to 1024, got \"-1\""));
  EXPECT_THAT(FileRefusal("address = 5"), HasSubstr("expected a text in quotes"));
  EXPECT_THAT(FileRefusal("limits = [1]"), HasSubstr("unknown key \"limits\""));
  EXPECT_THAT(FileRefusal("a = \n"), HasSubstr("voisin.toml:1:"));
  EXPECT_THAT(Refusal({{}, {{"VOISIN_LOG_LEVEL", "loud"}}, {}}),
              HasSubstr("VOISIN_LOG_LEVEL: expected one of debug, info, warning, error, off, got \"loud\""));
  EXPECT_TRUE(absl::IsNotFound(LoadConfig({"/no/such/file.toml", {}, {}}).status()));
}

TEST_F(ConfigTest, ReadsBackWhatItPrints) {
  ServerConfig config;
  config.address = "0.0.0.0:\"quoted\"\n";
  config.drain_seconds = 2.5;
  config.limits.top_k = 17;
  config.queues.write_bytes = size_t{3} << 32;
  config.log_level = LogLevel::error;
  const std::string printed = ToToml(config);
  const auto again = LoadConfig({File(printed), {}, {}});
  ASSERT_TRUE(again.ok()) << again.status() << printed;
  EXPECT_EQ(ToToml(*again), printed);
  EXPECT_EQ(again->address, config.address);
  EXPECT_EQ(again->queues.write_bytes, config.queues.write_bytes);
}

TEST_F(ConfigTest, GivesTheEngineItsOptions) {
  ServerConfig config;
  config.limits.top_k = 3;
  config.models_memory = size_t{5} << 30;
  config.queues.requests = 9;
  const auto log = LogToStderr(LogFormat::text, LogLevel::off);
  const Engine::Options options = EngineOptions(config, *log);
  EXPECT_EQ(options.limits.top_k, 3u);
  EXPECT_EQ(options.models_memory, uint64_t{5} << 30);
  EXPECT_EQ(options.queued_requests, 9u);
  EXPECT_EQ(options.log, log.get());
}

}  // namespace
}  // namespace voisin::service
