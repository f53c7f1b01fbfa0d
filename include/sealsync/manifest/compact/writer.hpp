#ifndef SEALSYNC_MANIFEST_COMPACT_WRITER_HPP
#define SEALSYNC_MANIFEST_COMPACT_WRITER_HPP

#include "../../clock/stamp.hpp"
#include "../../detail/wire.hpp"
#include "../interval_set.hpp"
#include "wire_forms.hpp"

namespace sealsync { inline namespace SEALSYNC_ABI { namespace detail {

/// Writes what a compact layout walks over. After a fault the rest is still walked, and `take()` gives the first fault
/// instead of bytes.
class compact_writer {
public:
    explicit compact_writer(std::size_t bytes_max) : bytes_max_{bytes_max} {}

    [[nodiscard]] std::size_t position() const noexcept { return out_.view().size(); }

    void encoding() { out_.byte(compact_encoding); }
    void kind(compact_kind which) { out_.byte(static_cast<std::uint8_t>(which)); }

    void field(std::string_view what, std::uint64_t number) {
        if (number > number_max) fail(errc::invalid_argument, std::string{what} + ": over 2^53 - 1");
        out_.number(number);
    }
    void field(std::string_view what, stamp time) {
        if (time.nanoseconds < 0) fail(errc::invalid_argument, std::string{what} + ": before 1970");
        out_.number(static_cast<std::uint64_t>(time.nanoseconds));
    }
    void field(std::string_view, const std::string& text) { out_.counted(text); }
    template <class Tag>
    void field(std::string_view, const basic_id128<Tag>& id) {
        out_.raw(id.value);
    }
    template <class Tag>
    void field(std::string_view, const basic_id<Tag>& made) {
        id(made.text());
    }
    void id(std::string_view text) { put_id(out_, text); }
    void field(std::string_view what, const std::optional<digest256>& digest) {
        if (!digest) return fail(errc::invalid_argument, std::string{what} + ": absent");
        out_.raw(digest->value);
    }
    void field(std::string_view, const digest256& digest) { out_.raw(digest.value); }
    void field(std::string_view, const interval_set& numbers) { out_.raw(numbers.encode()); }
    template <class T, class Each>
    void list(std::string_view what, const std::vector<T>& items, std::size_t, std::size_t items_max, Each each) {
        if (items.size() > items_max) {
            return fail(errc::too_large, std::string{what} + ": over " + std::to_string(items_max) + " items");
        }
        out_.number(items.size());
        for (const auto& item : items) each(item);
    }
    void raw(bytes_view part) { out_.raw(part); }
    void count(std::size_t items) { out_.number(items); }
    [[nodiscard]] bool failed() const noexcept { return !ok_; }

    /// A rule that the writer's caller broke is his mistake, not damage.
    void require(std::size_t, const result<void>& kept) {
        if (kept) return;
        const auto code = kept.error().code();
        fail(code == errc::malformed ? errc::invalid_argument : code, kept.error().detail());
    }

    [[nodiscard]] result<bytes> take() && {
        if (out_.view().size() > bytes_max_) {
            fail(errc::too_large, "a manifest of over " + std::to_string(bytes_max_) + " bytes");
        }
        if (!ok_) return std::move(ok_).error();
        return std::move(out_).take();
    }

    static void put_id(wire_writer& out, std::string_view text) {
        if (const hex_bytes id{text}; !id.view().empty()) {
            out.byte(id.view().size() == 16 ? id_of_128_bits : id_of_256_bits);
            return out.raw(id.view());
        }
        out.byte(static_cast<std::uint8_t>(text.size())); // at most 128, by the rule of ids
        out.raw(text);
    }

    void fail(errc code, std::string reason) {
        if (ok_) ok_ = failure{code, {}, std::move(reason)};
    }

private:
    wire_writer out_;
    std::size_t bytes_max_;
    result<void> ok_; ///< or the first fault
};

}}} // namespace sealsync::detail

#endif
