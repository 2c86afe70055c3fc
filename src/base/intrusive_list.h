#pragma once
// IntrusiveList links objects that carry their own links (derive from ListNode<Tag>), so that queueing allocates
// nothing. An object is in at most one list a tag. The list owns nothing. One thread.

#include <cstddef>

#include "base/check.h"

namespace laneway {

template <typename Tag = void>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { LW_ASSERT(!is_linked()); }

  bool is_linked() const { return next_ != nullptr; }
  // Leaves whatever list it is in; nothing where it is in none.
  void unlink() {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  template <typename T, typename U>
  friend class IntrusiveList;
  ListNode* next_ = nullptr;
  ListNode* previous_ = nullptr;
};

template <typename T, typename Tag = void>
class IntrusiveList {
 public:
  using Node = ListNode<Tag>;
  IntrusiveList() { head_.next_ = head_.previous_ = &head_; }
  ~IntrusiveList() {
    LW_ASSERT(empty());
    head_.next_ = head_.previous_ = nullptr;
  }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  bool empty() const { return head_.next_ == &head_; }
  T* front() { return empty() ? nullptr : item(head_.next_); }
  T* back() { return empty() ? nullptr : item(head_.previous_); }
  void push_back(T& item_to_add) { insert(head_, item_to_add); }
  void push_front(T& item_to_add) { insert(*head_.next_, item_to_add); }
  void insert_before(T& position, T& item_to_add) { insert(static_cast<Node&>(position), item_to_add); }
  T* pop_front() {
    T* first = front();
    if (first != nullptr) static_cast<Node*>(first)->unlink();
    return first;
  }
  // The item after `current`, or null at the end. Safe to unlink `current` once its next is known.
  T* next(T& current) {
    Node* following = static_cast<Node&>(current).next_;
    return following == &head_ ? nullptr : item(following);
  }
  // Moves all items of `other` to the end of this list.
  void take_all(IntrusiveList& other) {
    if (other.empty()) return;
    Node* first = other.head_.next_;
    Node* last = other.head_.previous_;
    other.head_.next_ = other.head_.previous_ = &other.head_;
    first->previous_ = head_.previous_;
    head_.previous_->next_ = first;
    last->next_ = &head_;
    head_.previous_ = last;
  }

 private:
  static T* item(Node* node) { return static_cast<T*>(node); }
  static void insert(Node& position, T& item_to_add) {
    Node& node = item_to_add;
    LW_ASSERT(!node.is_linked());
    node.next_ = &position;
    node.previous_ = position.previous_;
    position.previous_->next_ = &node;
    position.previous_ = &node;
  }

  Node head_;
};

}  // namespace laneway
