#ifndef SEALSYNC_TESTING_STORAGE_DRIVER_HPP
#define SEALSYNC_TESTING_STORAGE_DRIVER_HPP

#include "../storage/storage.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace testing {

/// A key that is known to be valid.
[[nodiscard]] inline object_key key_of(std::string text) { return object_key::make(std::move(text)).value(); }

/// Bytes in memory as a source; can be told to fail.
class faulty_source final : public byte_source {
public:
    explicit faulty_source(bytes content) : content_{std::move(content)} {}
    void fail_with(errc code) { failure_ = code; }
    /// The most bytes that were asked for at once.
    [[nodiscard]] std::size_t largest_read() const noexcept { return largest_read_; }

    [[nodiscard]] std::uint64_t size() const noexcept override { return content_.size(); }
    [[nodiscard]] result<void> read(std::uint64_t offset, std::span<std::byte> out) override {
        largest_read_ = (std::max)(largest_read_, out.size());
        if (failure_) return failure{*failure_, "faulty_source"};
        if (offset > content_.size() || out.size() > content_.size() - offset) return failure{errc::invalid_argument};
        if (!out.empty()) std::memcpy(out.data(), content_.data() + offset, out.size());
        return {};
    }

private:
    bytes content_;
    std::optional<errc> failure_;
    std::size_t largest_read_ = 0;
};

/// Single operations on a storage, for tests: a batch of one, and its one outcome.
template <storage Storage>
class storage_driver {
public:
    explicit storage_driver(Storage& store) : store_{&store} {}

    [[nodiscard]] result<get_reply> get(const get_op& op, const call_context& call = {}) {
        std::optional<result<get_reply>> outcome;
        const auto got = [&](std::size_t, result<get_reply> reply) { outcome.emplace(std::move(reply)); };
        return only(store_->get({&op, 1}, got, call), outcome);
    }
    [[nodiscard]] result<get_reply> get(const std::string& key) { return get(get_op{.key = key_of(key)}); }
    /// The bytes alone.
    [[nodiscard]] result<bytes> read(const std::string& key) {
        auto reply = get(key);
        if (!reply) return std::move(reply).error();
        return std::move(reply->body);
    }

    [[nodiscard]] result<put_reply> put(const put_op& op, const call_context& call = {}) {
        std::optional<result<put_reply>> outcome;
        const auto stored = [&](std::size_t, result<put_reply> reply) { outcome.emplace(std::move(reply)); };
        return only(store_->put({&op, 1}, stored, call), outcome);
    }
    [[nodiscard]] result<put_reply> put(const std::string& key, bytes_view body) {
        return put(put_op{.key = key_of(key), .body = body});
    }
    [[nodiscard]] result<put_reply> put_if_absent(const std::string& key, bytes_view body) {
        return put(put_op{.key = key_of(key), .body = body, .condition = write_condition::if_absent});
    }
    [[nodiscard]] result<put_reply> put_if_match(const std::string& key, bytes_view body, std::string etag) {
        return put(
            put_op{.key = key_of(key), .body = body, .condition = write_condition::if_match, .etag = std::move(etag)});
    }

    [[nodiscard]] result<void> remove(const std::string& text, const call_context& call = {}) {
        const auto key = key_of(text);
        std::optional<result<void>> outcome;
        const auto removed = [&](std::size_t, result<void> reply) { outcome.emplace(std::move(reply)); };
        return only(store_->remove({&key, 1}, removed, call), outcome);
    }

    /// Every key under the prefix, page by page.
    [[nodiscard]] result<std::vector<std::string>> keys(const std::string& prefix, std::size_t limit = 1000) {
        std::vector<std::string> all;
        list_query query{.prefix = prefix, .limit = limit};
        while (true) {
            auto page = store_->list(query, {});
            if (!page) return std::move(page).error();
            for (auto& entry : page->entries) all.push_back(std::move(entry.key));
            if (!page->more) return all;
            if (all.empty() || all.back() <= query.after)
                return failure{errc::malformed, prefix, "listing stands still"};
            query.after = all.back();
        }
    }

private:
    /// An operation that was not reported has the outcome of its call.
    template <class T>
    [[nodiscard]] static result<T> only(result<void> called, std::optional<result<T>>& outcome) {
        if (outcome) return *std::move(outcome);
        if (!called) return std::move(called).error();
        return failure{errc::malformed, {}, "the storage reported nothing"};
    }

    Storage* store_;
};

}}} // namespace sealsync::testing

#endif
