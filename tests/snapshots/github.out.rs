const _: () = {
    use ::apiclient::__private as __rt;
    static __RULES: &[__rt::Rule] = &[
        __rt::Rule::any().status(__rt::Statuses::new(&[(401, 401)])),
        __rt::Rule::any()
            .status(__rt::Statuses::new(&[(403, 403), (429, 429)]))
            .header(&[("x-ratelimit-remaining", "0")]),
        __rt::Rule::any()
            .status(__rt::Statuses::new(&[(403, 403)]))
            .header(&[("retry-after", "*")]),
        __rt::Rule::any().status(__rt::Statuses::new(&[(429, 429)])),
        __rt::Rule::any().status(__rt::Statuses::new(&[(403, 403), (451, 451)])),
        __rt::Rule::any().status(__rt::Statuses::new(&[(403, 403)])),
        __rt::Rule::any().status(__rt::Statuses::new(&[(404, 404)])),
        __rt::Rule::any().status(__rt::Statuses::new(&[(410, 410)])),
        __rt::Rule::any().status(__rt::Statuses::new(&[(405, 405), (409, 409)])),
        __rt::Rule::any().status(__rt::Statuses::new(&[(400, 400), (422, 422)])),
    ];
    #[automatically_derived]
    #[allow(clippy::match_same_arms, clippy::needless_return)]
    impl ::core::convert::From<__rt::Error> for GitHubError {
        fn from(__error: __rt::Error) -> Self {
            #[allow(unused_mut)]
            let mut __error = __error;
            let mut __rules = __rt::Matching::new(__RULES, ::core::option::Option::None);
            while let ::core::option::Option::Some(__rule) = __rules.next(&__error) {
                match __rule {
                    0 => {
                        return Self::Unauthorized {
                            source: __rt::KeepsError::keep(__error),
                        };
                    }
                    1 => {
                        if let ::core::option::Option::Some(__0) = __rt::header_of(
                            &mut __error,
                            "x-ratelimit-reset",
                        ) {
                            return Self::RateLimited {
                                resets_at: __0,
                                source: __rt::KeepsError::keep(__error),
                            };
                        }
                    }
                    2 | 3 => {
                        return Self::TooFast {
                            source: __rt::KeepsError::keep(__error),
                        };
                    }
                    4 => {
                        if let ::core::option::Option::Some(__0) = __rt::pointer(
                            &mut __error,
                            "/block",
                        ) {
                            return Self::Blocked {
                                block: __0,
                                source: __rt::KeepsError::keep(__error),
                            };
                        }
                    }
                    5 => {
                        return Self::Forbidden {
                            source: __rt::KeepsError::keep(__error),
                        };
                    }
                    6 => {
                        return Self::NotFound {
                            source: __rt::KeepsError::keep(__error),
                        };
                    }
                    7 => {
                        return Self::Gone {
                            source: __rt::KeepsError::keep(__error),
                        };
                    }
                    8 => {
                        if let ::core::option::Option::Some(__0) = __rt::pointer(
                            &mut __error,
                            "/message",
                        ) {
                            return Self::Conflict {
                                message: __0,
                                source: __rt::KeepsError::keep(__error),
                            };
                        }
                    }
                    9 => {
                        if let ::core::option::Option::Some(__0) = __rt::body(
                            &mut __error,
                        ) {
                            return Self::Invalid {
                                refusal: __0,
                                source: __rt::KeepsError::keep(__error),
                            };
                        }
                    }
                    _ => {}
                }
            }
            Self::Other {
                0: __rt::KeepsError::keep(__error),
            }
        }
    }
    #[automatically_derived]
    #[allow(clippy::match_same_arms)]
    impl __rt::ApiError for GitHubError {
        fn error(&self) -> ::core::option::Option<&__rt::Error> {
            #[allow(unreachable_patterns)]
            match self {
                Self::Unauthorized { source: __error, .. } => {
                    ::core::option::Option::Some(__rt::KeepsError::kept(__error))
                }
                Self::RateLimited { source: __error, .. } => {
                    ::core::option::Option::Some(__rt::KeepsError::kept(__error))
                }
                Self::TooFast { source: __error, .. } => {
                    ::core::option::Option::Some(__rt::KeepsError::kept(__error))
                }
                Self::Blocked { source: __error, .. } => {
                    ::core::option::Option::Some(__rt::KeepsError::kept(__error))
                }
                Self::Forbidden { source: __error, .. } => {
                    ::core::option::Option::Some(__rt::KeepsError::kept(__error))
                }
                Self::NotFound { source: __error, .. } => {
                    ::core::option::Option::Some(__rt::KeepsError::kept(__error))
                }
                Self::Gone { source: __error, .. } => {
                    ::core::option::Option::Some(__rt::KeepsError::kept(__error))
                }
                Self::Conflict { source: __error, .. } => {
                    ::core::option::Option::Some(__rt::KeepsError::kept(__error))
                }
                Self::Invalid { source: __error, .. } => {
                    ::core::option::Option::Some(__rt::KeepsError::kept(__error))
                }
                Self::Other { 0: __error, .. } => {
                    ::core::option::Option::Some(__rt::KeepsError::kept(__error))
                }
                _ => ::core::option::Option::None,
            }
        }
        fn rules(&self) -> &'static [__rt::Rule] {
            match self {
                Self::Unauthorized { .. } => &__RULES[0..1],
                Self::RateLimited { .. } => &__RULES[1..2],
                Self::TooFast { .. } => &__RULES[2..4],
                Self::Blocked { .. } => &__RULES[4..5],
                Self::Forbidden { .. } => &__RULES[5..6],
                Self::NotFound { .. } => &__RULES[6..7],
                Self::Gone { .. } => &__RULES[7..8],
                Self::Conflict { .. } => &__RULES[8..9],
                Self::Invalid { .. } => &__RULES[9..10],
                _ => &[],
            }
        }
    }
};
/// Repositories, issues, pull requests and what belongs to them.
///
/// [`GitHubClient`] sends requests. A fake for tests implements the trait by hand: each endpoint returns
/// `Call::ready(Ok(..))` or `Call::from_future(async { .. })`, also where it was declared as an `async fn`.
pub trait GitHub: ::core::marker::Send + ::core::marker::Sync {
    /// One repository.
    ///
    /// `GET /repos/{owner}/{repo}`
    fn repo(
        &self,
        owner: &str,
        repo: &str,
    ) -> ::apiclient::__private::CallOf<Result<Repo>>;
    /// Changes a repository.
    ///
    /// `PATCH /repos/{owner}/{repo}`
    fn update_repo(
        &self,
        owner: &str,
        repo: &str,
        change: &RepoChange<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Repo>>;
    /// The repositories of an organization.
    ///
    /// `GET /orgs/{org}/repos{?type,sort}`
    fn org_repos(
        &self,
        org: &str,
        r#type: Option<&str>,
        sort: Option<&str>,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Vec<Repo>>>;
    /// The topics of a repository.
    ///
    /// `GET /repos/{owner}/{repo}/topics`
    fn topics(
        &self,
        owner: &str,
        repo: &str,
    ) -> ::apiclient::__private::CallOf<Result<Topics>>;
    /// Replaces the topics of a repository.
    ///
    /// `PUT /repos/{owner}/{repo}/topics`
    fn replace_topics(
        &self,
        owner: &str,
        repo: &str,
        topics: &Topics,
    ) -> ::apiclient::__private::CallOf<Result<Topics>>;
    /// Bytes of code per language.
    ///
    /// `GET /repos/{owner}/{repo}/languages`
    fn languages(
        &self,
        owner: &str,
        repo: &str,
    ) -> ::apiclient::__private::CallOf<Result<BTreeMap<String, u64>>>;
    /// Who has contributed, most first.
    ///
    /// `GET /repos/{owner}/{repo}/contributors{?anon}`
    fn contributors(
        &self,
        owner: &str,
        repo: &str,
        anon: Option<bool>,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Vec<Contributor>>>;
    /// Issues (and pull requests), newest first. `.send()` shows the `Link` header of the page.
    ///
    /// `GET /repos/{owner}/{repo}/issues`
    fn issues(
        &self,
        owner: &str,
        repo: &str,
        filter: &IssueFilter<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Vec<Issue>>>;
    /// Opens an issue. Not safe to repeat: it is not retried.
    ///
    /// `POST /repos/{owner}/{repo}/issues`
    fn create_issue(
        &self,
        owner: &str,
        repo: &str,
        issue: &NewIssue<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Issue>>;
    /// One issue.
    ///
    /// `GET /repos/{owner}/{repo}/issues/{number}`
    fn issue(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
    ) -> ::apiclient::__private::CallOf<Result<Issue>>;
    /// Changes an issue.
    ///
    /// `PATCH /repos/{owner}/{repo}/issues/{number}`
    fn update_issue(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        change: &IssueChange<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Issue>>;
    /// Locks the conversation. `None` gives no reason, and sends no body.
    ///
    /// `PUT /repos/{owner}/{repo}/issues/{number}/lock`
    fn lock_issue(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        reason: Option<&LockReason>,
    ) -> ::apiclient::__private::CallOf<Result<()>>;
    /// Unlocks it.
    ///
    /// `DELETE /repos/{owner}/{repo}/issues/{number}/lock`
    fn unlock_issue(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
    ) -> ::apiclient::__private::CallOf<Result<()>>;
    /// The comments of an issue.
    ///
    /// `GET /repos/{owner}/{repo}/issues/{number}/comments`
    fn comments(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Vec<Comment>>>;
    /// Comments on an issue.
    ///
    /// `POST /repos/{owner}/{repo}/issues/{number}/comments`
    fn create_comment(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        comment: &NewComment<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Comment>>;
    /// Rewrites a comment.
    ///
    /// `PATCH /repos/{owner}/{repo}/issues/comments/{id}`
    fn update_comment(
        &self,
        owner: &str,
        repo: &str,
        id: u64,
        comment: &NewComment<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Comment>>;
    /// Deletes a comment.
    ///
    /// `DELETE /repos/{owner}/{repo}/issues/comments/{id}`
    fn delete_comment(
        &self,
        owner: &str,
        repo: &str,
        id: u64,
    ) -> ::apiclient::__private::CallOf<Result<()>>;
    /// The labels that a repository has.
    ///
    /// `GET /repos/{owner}/{repo}/labels`
    fn labels(
        &self,
        owner: &str,
        repo: &str,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Vec<Label>>>;
    /// Makes a label.
    ///
    /// `POST /repos/{owner}/{repo}/labels`
    fn create_label(
        &self,
        owner: &str,
        repo: &str,
        label: &NewLabel<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Label>>;
    /// Adds labels to an issue.
    ///
    /// `POST /repos/{owner}/{repo}/issues/{number}/labels`
    fn add_labels(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        labels: &Labels<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Vec<Label>>>;
    /// Takes a label off an issue; its name may hold anything.
    ///
    /// `DELETE /repos/{owner}/{repo}/issues/{number}/labels/{name}`
    fn remove_label(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        name: &str,
    ) -> ::apiclient::__private::CallOf<Result<Vec<Label>>>;
    /// Pull requests.
    ///
    /// `GET /repos/{owner}/{repo}/pulls{?state,base}`
    fn pulls(
        &self,
        owner: &str,
        repo: &str,
        state: Option<State>,
        base: Option<&str>,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Vec<Pull>>>;
    /// One pull request.
    ///
    /// `GET /repos/{owner}/{repo}/pulls/{number}`
    fn pull(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
    ) -> ::apiclient::__private::CallOf<Result<Pull>>;
    /// Opens a pull request.
    ///
    /// `POST /repos/{owner}/{repo}/pulls`
    fn create_pull(
        &self,
        owner: &str,
        repo: &str,
        pull: &NewPull<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Pull>>;
    /// Merges a pull request.
    ///
    /// `PUT /repos/{owner}/{repo}/pulls/{number}/merge`
    fn merge_pull(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        merge: &Merge<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Merged>>;
    /// The files that a pull request changes.
    ///
    /// `GET /repos/{owner}/{repo}/pulls/{number}/files`
    fn pull_files(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Vec<ChangedFile>>>;
    /// The reviews of a pull request.
    ///
    /// `GET /repos/{owner}/{repo}/pulls/{number}/reviews`
    fn reviews(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
    ) -> ::apiclient::__private::CallOf<Result<Vec<Review>>>;
    /// Reviews a pull request.
    ///
    /// `POST /repos/{owner}/{repo}/pulls/{number}/reviews`
    fn create_review(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        review: &NewReview<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Review>>;
    /// A file. Its path has slashes, which `{+path}` lets through.
    ///
    /// `GET /repos/{owner}/{repo}/contents/{+path}{?ref}`
    fn file(
        &self,
        owner: &str,
        repo: &str,
        path: &str,
        r#ref: Option<&str>,
    ) -> ::apiclient::__private::CallOf<Result<File>>;
    /// Writes a file: with the `sha` of what it replaces, or without for a new one.
    ///
    /// `PUT /repos/{owner}/{repo}/contents/{+path}`
    fn write_file(
        &self,
        owner: &str,
        repo: &str,
        path: &str,
        file: &NewFile<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Committed>>;
    /// Deletes a file.
    ///
    /// `DELETE /repos/{owner}/{repo}/contents/{+path}`
    fn delete_file(
        &self,
        owner: &str,
        repo: &str,
        path: &str,
        file: &OldFile<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Committed>>;
    /// The README, wherever it is.
    ///
    /// `GET /repos/{owner}/{repo}/readme{?ref}`
    fn readme(
        &self,
        owner: &str,
        repo: &str,
        r#ref: Option<&str>,
    ) -> ::apiclient::__private::CallOf<Result<File>>;
    /// A branch or a tag: `heads/main`, `tags/v1`.
    ///
    /// `GET /repos/{owner}/{repo}/git/ref/{+name}`
    fn git_ref(
        &self,
        owner: &str,
        repo: &str,
        name: &str,
    ) -> ::apiclient::__private::CallOf<Result<Ref>>;
    /// Makes a branch or a tag.
    ///
    /// `POST /repos/{owner}/{repo}/git/refs`
    fn create_ref(
        &self,
        owner: &str,
        repo: &str,
        git_ref: &NewRef<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Ref>>;
    /// Moves a branch.
    ///
    /// `PATCH /repos/{owner}/{repo}/git/refs/{+name}`
    fn update_ref(
        &self,
        owner: &str,
        repo: &str,
        name: &str,
        change: &RefChange<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Ref>>;
    /// Deletes a branch or a tag.
    ///
    /// `DELETE /repos/{owner}/{repo}/git/refs/{+name}`
    fn delete_ref(
        &self,
        owner: &str,
        repo: &str,
        name: &str,
    ) -> ::apiclient::__private::CallOf<Result<()>>;
    /// Repositories that match.
    ///
    /// `GET /search/repositories{?q,sort,order}`
    fn search_repos(
        &self,
        q: &str,
        sort: Option<&str>,
        order: Option<&str>,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Found<Repo>>>;
    /// Issues that match.
    ///
    /// `GET /search/issues{?q}`
    fn search_issues(
        &self,
        q: &str,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Found<Issue>>>;
    /// Code that matches.
    ///
    /// `GET /search/code{?q}`
    fn search_code(
        &self,
        q: &str,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Found<CodeMatch>>>;
    /// One's own gists.
    ///
    /// `GET /gists{?since}`
    fn gists(
        &self,
        since: Option<&str>,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Vec<Gist>>>;
    /// One gist.
    ///
    /// `GET /gists/{id}`
    fn gist(&self, id: &str) -> ::apiclient::__private::CallOf<Result<Gist>>;
    /// Writes a gist.
    ///
    /// `POST /gists`
    fn create_gist(
        &self,
        gist: &NewGist<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Gist>>;
    /// Stars a gist.
    ///
    /// `PUT /gists/{id}/star`
    fn star_gist(&self, id: &str) -> ::apiclient::__private::CallOf<Result<()>>;
    /// Deletes a gist.
    ///
    /// `DELETE /gists/{id}`
    fn delete_gist(&self, id: &str) -> ::apiclient::__private::CallOf<Result<()>>;
    /// The reactions to an issue.
    ///
    /// `GET /repos/{owner}/{repo}/issues/{number}/reactions{?content}`
    fn reactions(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        content: Option<ReactionKind>,
    ) -> ::apiclient::__private::CallOf<Result<Vec<Reaction>>>;
    /// Reacts to an issue.
    ///
    /// `POST /repos/{owner}/{repo}/issues/{number}/reactions`
    fn react(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        reaction: &NewReaction,
    ) -> ::apiclient::__private::CallOf<Result<Reaction>>;
    /// The members of an organization.
    ///
    /// `GET /orgs/{org}/members{?role}`
    fn members(
        &self,
        org: &str,
        role: Option<&str>,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Vec<User>>>;
    /// Whether somebody is a member: an error that `is_not_found` if not.
    ///
    /// `GET /orgs/{org}/members/{username}`
    fn check_member(
        &self,
        org: &str,
        username: &str,
    ) -> ::apiclient::__private::CallOf<Result<()>>;
    /// Runs of workflows, newest first.
    ///
    /// `GET /repos/{owner}/{repo}/actions/runs{?branch,status}`
    fn runs(
        &self,
        owner: &str,
        repo: &str,
        branch: Option<&str>,
        status: Option<&str>,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Runs>>;
    /// One run.
    ///
    /// `GET /repos/{owner}/{repo}/actions/runs/{id}`
    fn run(
        &self,
        owner: &str,
        repo: &str,
        id: u64,
    ) -> ::apiclient::__private::CallOf<Result<Run>>;
    /// Cancels a run.
    ///
    /// `POST /repos/{owner}/{repo}/actions/runs/{id}/cancel`
    fn cancel_run(
        &self,
        owner: &str,
        repo: &str,
        id: u64,
    ) -> ::apiclient::__private::CallOf<Result<()>>;
    /// Releases, newest first.
    ///
    /// `GET /repos/{owner}/{repo}/releases`
    fn releases(
        &self,
        owner: &str,
        repo: &str,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Vec<Release>>>;
    /// The newest release that is neither a draft nor a prerelease.
    ///
    /// `GET /repos/{owner}/{repo}/releases/latest`
    fn latest_release(
        &self,
        owner: &str,
        repo: &str,
    ) -> ::apiclient::__private::CallOf<Result<Release>>;
    /// Makes a release.
    ///
    /// `POST /repos/{owner}/{repo}/releases`
    fn create_release(
        &self,
        owner: &str,
        repo: &str,
        release: &NewRelease<'_>,
    ) -> ::apiclient::__private::CallOf<Result<Release>>;
    /// Deletes a release.
    ///
    /// `DELETE /repos/{owner}/{repo}/releases/{id}`
    fn delete_release(
        &self,
        owner: &str,
        repo: &str,
        id: u64,
    ) -> ::apiclient::__private::CallOf<Result<()>>;
    /// Who the token belongs to.
    ///
    /// `GET /user`
    fn me(&self) -> ::apiclient::__private::CallOf<Result<User>>;
    /// Anybody.
    ///
    /// `GET /users/{username}`
    fn user(&self, username: &str) -> ::apiclient::__private::CallOf<Result<User>>;
    /// Who follows somebody.
    ///
    /// `GET /users/{username}/followers`
    fn followers(
        &self,
        username: &str,
        page: Page,
    ) -> ::apiclient::__private::CallOf<Result<Vec<User>>>;
    /// A piece of wisdom, as text.
    ///
    /// `GET /zen`
    fn zen(&self) -> ::apiclient::__private::CallOf<Result<String>>;
    /// Closes an issue with a last word: a helper of two calls.
    #[allow(clippy::manual_async_fn)]
    fn close_issue(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        word: &str,
    ) -> impl ::core::future::Future<Output = Result<Issue>> + ::core::marker::Send
    where
        Self: ::core::marker::Sized,
    {
        async move {
            self.create_comment(owner, repo, number, &NewComment { body: word }).await?;
            let change = IssueChange {
                state: Some(State::Closed),
                ..IssueChange::default()
            };
            self.update_issue(owner, repo, number, &change).await
        }
    }
}
/// The client of the [`GitHub`] API.
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct GitHubClient {
    client: ::apiclient::__private::Client,
}
const _: () = {
    use ::apiclient::__private as __rt;
    static __API: __rt::Api = __rt::Api::new("GitHub", "apiclient-macros/0.1.0")
        .base_url("https://api.github.com")
        .auth(&[__rt::Scheme::bearer("bearer")])
        .headers({
            static __HEADERS: [__rt::StaticHeader; 2usize] = [
                (
                    __rt::HeaderName::from_static("accept"),
                    ::core::option::Option::Some(
                        __rt::HeaderValue::from_static(
                            "application/vnd.github+json, application/json;q=0.9, */*;q=0.5",
                        ),
                    ),
                ),
                (
                    __rt::HeaderName::from_static("x-github-api-version"),
                    ::core::option::Option::Some(
                        __rt::HeaderValue::from_static("2022-11-28"),
                    ),
                ),
            ];
            &__HEADERS
        })
        .timeout(
            __rt::Timeout::new()
                .total(__rt::Duration::from_millis(30000))
                .attempt(__rt::Duration::from_millis(10000)),
        )
        .endpoints(__ALL);
    /// The endpoints of [`GitHub`] as data.
    #[derive(::core::fmt::Debug)]
    #[allow(dead_code)]
    pub struct __Endpoints {
        /// `repo`
        pub repo: __rt::Endpoint,
        /// `update_repo`
        pub update_repo: __rt::Endpoint,
        /// `org_repos`
        pub org_repos: __rt::Endpoint,
        /// `topics`
        pub topics: __rt::Endpoint,
        /// `replace_topics`
        pub replace_topics: __rt::Endpoint,
        /// `languages`
        pub languages: __rt::Endpoint,
        /// `contributors`
        pub contributors: __rt::Endpoint,
        /// `issues`
        pub issues: __rt::Endpoint,
        /// `create_issue`
        pub create_issue: __rt::Endpoint,
        /// `issue`
        pub issue: __rt::Endpoint,
        /// `update_issue`
        pub update_issue: __rt::Endpoint,
        /// `lock_issue`
        pub lock_issue: __rt::Endpoint,
        /// `unlock_issue`
        pub unlock_issue: __rt::Endpoint,
        /// `comments`
        pub comments: __rt::Endpoint,
        /// `create_comment`
        pub create_comment: __rt::Endpoint,
        /// `update_comment`
        pub update_comment: __rt::Endpoint,
        /// `delete_comment`
        pub delete_comment: __rt::Endpoint,
        /// `labels`
        pub labels: __rt::Endpoint,
        /// `create_label`
        pub create_label: __rt::Endpoint,
        /// `add_labels`
        pub add_labels: __rt::Endpoint,
        /// `remove_label`
        pub remove_label: __rt::Endpoint,
        /// `pulls`
        pub pulls: __rt::Endpoint,
        /// `pull`
        pub pull: __rt::Endpoint,
        /// `create_pull`
        pub create_pull: __rt::Endpoint,
        /// `merge_pull`
        pub merge_pull: __rt::Endpoint,
        /// `pull_files`
        pub pull_files: __rt::Endpoint,
        /// `reviews`
        pub reviews: __rt::Endpoint,
        /// `create_review`
        pub create_review: __rt::Endpoint,
        /// `file`
        pub file: __rt::Endpoint,
        /// `write_file`
        pub write_file: __rt::Endpoint,
        /// `delete_file`
        pub delete_file: __rt::Endpoint,
        /// `readme`
        pub readme: __rt::Endpoint,
        /// `git_ref`
        pub git_ref: __rt::Endpoint,
        /// `create_ref`
        pub create_ref: __rt::Endpoint,
        /// `update_ref`
        pub update_ref: __rt::Endpoint,
        /// `delete_ref`
        pub delete_ref: __rt::Endpoint,
        /// `search_repos`
        pub search_repos: __rt::Endpoint,
        /// `search_issues`
        pub search_issues: __rt::Endpoint,
        /// `search_code`
        pub search_code: __rt::Endpoint,
        /// `gists`
        pub gists: __rt::Endpoint,
        /// `gist`
        pub gist: __rt::Endpoint,
        /// `create_gist`
        pub create_gist: __rt::Endpoint,
        /// `star_gist`
        pub star_gist: __rt::Endpoint,
        /// `delete_gist`
        pub delete_gist: __rt::Endpoint,
        /// `reactions`
        pub reactions: __rt::Endpoint,
        /// `react`
        pub react: __rt::Endpoint,
        /// `members`
        pub members: __rt::Endpoint,
        /// `check_member`
        pub check_member: __rt::Endpoint,
        /// `runs`
        pub runs: __rt::Endpoint,
        /// `run`
        pub run: __rt::Endpoint,
        /// `cancel_run`
        pub cancel_run: __rt::Endpoint,
        /// `releases`
        pub releases: __rt::Endpoint,
        /// `latest_release`
        pub latest_release: __rt::Endpoint,
        /// `create_release`
        pub create_release: __rt::Endpoint,
        /// `delete_release`
        pub delete_release: __rt::Endpoint,
        /// `me`
        pub me: __rt::Endpoint,
        /// `user`
        pub user: __rt::Endpoint,
        /// `followers`
        pub followers: __rt::Endpoint,
        /// `zen`
        pub zen: __rt::Endpoint,
    }
    static __ENDPOINTS: __Endpoints = __Endpoints {
        repo: __rt::Endpoint::get(
            &__API,
            "repo",
            "/repos/{owner}/{repo}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
            ],
        ),
        update_repo: __rt::Endpoint::patch(
            &__API,
            "update_repo",
            "/repos/{owner}/{repo}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
            ],
        ),
        org_repos: __rt::Endpoint::get(
            &__API,
            "org_repos",
            "/orgs/{org}/repos{?type,sort}",
            &[
                __rt::lit("/orgs/"),
                __rt::var("org"),
                __rt::lit("/repos"),
                __rt::query("type"),
                __rt::query("sort").next(),
                __rt::query("page").explode(),
            ],
        ),
        topics: __rt::Endpoint::get(
            &__API,
            "topics",
            "/repos/{owner}/{repo}/topics",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/topics"),
            ],
        ),
        replace_topics: __rt::Endpoint::put(
            &__API,
            "replace_topics",
            "/repos/{owner}/{repo}/topics",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/topics"),
            ],
        ),
        languages: __rt::Endpoint::get(
            &__API,
            "languages",
            "/repos/{owner}/{repo}/languages",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/languages"),
            ],
        ),
        contributors: __rt::Endpoint::get(
            &__API,
            "contributors",
            "/repos/{owner}/{repo}/contributors{?anon}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/contributors"),
                __rt::query("anon"),
                __rt::query("page").explode(),
            ],
        ),
        issues: __rt::Endpoint::get(
            &__API,
            "issues",
            "/repos/{owner}/{repo}/issues",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues"),
                __rt::query("filter").explode(),
            ],
        ),
        create_issue: __rt::Endpoint::post(
            &__API,
            "create_issue",
            "/repos/{owner}/{repo}/issues",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues"),
            ],
        ),
        issue: __rt::Endpoint::get(
            &__API,
            "issue",
            "/repos/{owner}/{repo}/issues/{number}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues/"),
                __rt::var("number"),
            ],
        ),
        update_issue: __rt::Endpoint::patch(
            &__API,
            "update_issue",
            "/repos/{owner}/{repo}/issues/{number}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues/"),
                __rt::var("number"),
            ],
        ),
        lock_issue: __rt::Endpoint::put(
            &__API,
            "lock_issue",
            "/repos/{owner}/{repo}/issues/{number}/lock",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues/"),
                __rt::var("number"),
                __rt::lit("/lock"),
            ],
        ),
        unlock_issue: __rt::Endpoint::delete(
            &__API,
            "unlock_issue",
            "/repos/{owner}/{repo}/issues/{number}/lock",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues/"),
                __rt::var("number"),
                __rt::lit("/lock"),
            ],
        ),
        comments: __rt::Endpoint::get(
            &__API,
            "comments",
            "/repos/{owner}/{repo}/issues/{number}/comments",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues/"),
                __rt::var("number"),
                __rt::lit("/comments"),
                __rt::query("page").explode(),
            ],
        ),
        create_comment: __rt::Endpoint::post(
            &__API,
            "create_comment",
            "/repos/{owner}/{repo}/issues/{number}/comments",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues/"),
                __rt::var("number"),
                __rt::lit("/comments"),
            ],
        ),
        update_comment: __rt::Endpoint::patch(
            &__API,
            "update_comment",
            "/repos/{owner}/{repo}/issues/comments/{id}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues/comments/"),
                __rt::var("id"),
            ],
        ),
        delete_comment: __rt::Endpoint::delete(
            &__API,
            "delete_comment",
            "/repos/{owner}/{repo}/issues/comments/{id}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues/comments/"),
                __rt::var("id"),
            ],
        ),
        labels: __rt::Endpoint::get(
            &__API,
            "labels",
            "/repos/{owner}/{repo}/labels",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/labels"),
                __rt::query("page").explode(),
            ],
        ),
        create_label: __rt::Endpoint::post(
            &__API,
            "create_label",
            "/repos/{owner}/{repo}/labels",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/labels"),
            ],
        ),
        add_labels: __rt::Endpoint::post(
            &__API,
            "add_labels",
            "/repos/{owner}/{repo}/issues/{number}/labels",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues/"),
                __rt::var("number"),
                __rt::lit("/labels"),
            ],
        ),
        remove_label: __rt::Endpoint::delete(
            &__API,
            "remove_label",
            "/repos/{owner}/{repo}/issues/{number}/labels/{name}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues/"),
                __rt::var("number"),
                __rt::lit("/labels/"),
                __rt::var("name"),
            ],
        ),
        pulls: __rt::Endpoint::get(
            &__API,
            "pulls",
            "/repos/{owner}/{repo}/pulls{?state,base}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/pulls"),
                __rt::query("state"),
                __rt::query("base").next(),
                __rt::query("page").explode(),
            ],
        ),
        pull: __rt::Endpoint::get(
            &__API,
            "pull",
            "/repos/{owner}/{repo}/pulls/{number}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/pulls/"),
                __rt::var("number"),
            ],
        ),
        create_pull: __rt::Endpoint::post(
            &__API,
            "create_pull",
            "/repos/{owner}/{repo}/pulls",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/pulls"),
            ],
        ),
        merge_pull: __rt::Endpoint::put(
            &__API,
            "merge_pull",
            "/repos/{owner}/{repo}/pulls/{number}/merge",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/pulls/"),
                __rt::var("number"),
                __rt::lit("/merge"),
            ],
        ),
        pull_files: __rt::Endpoint::get(
            &__API,
            "pull_files",
            "/repos/{owner}/{repo}/pulls/{number}/files",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/pulls/"),
                __rt::var("number"),
                __rt::lit("/files"),
                __rt::query("page").explode(),
            ],
        ),
        reviews: __rt::Endpoint::get(
            &__API,
            "reviews",
            "/repos/{owner}/{repo}/pulls/{number}/reviews",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/pulls/"),
                __rt::var("number"),
                __rt::lit("/reviews"),
            ],
        ),
        create_review: __rt::Endpoint::post(
            &__API,
            "create_review",
            "/repos/{owner}/{repo}/pulls/{number}/reviews",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/pulls/"),
                __rt::var("number"),
                __rt::lit("/reviews"),
            ],
        ),
        file: __rt::Endpoint::get(
            &__API,
            "file",
            "/repos/{owner}/{repo}/contents/{+path}{?ref}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/contents/"),
                __rt::reserved("path"),
                __rt::query("ref"),
            ],
        ),
        write_file: __rt::Endpoint::put(
            &__API,
            "write_file",
            "/repos/{owner}/{repo}/contents/{+path}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/contents/"),
                __rt::reserved("path"),
            ],
        ),
        delete_file: __rt::Endpoint::delete(
            &__API,
            "delete_file",
            "/repos/{owner}/{repo}/contents/{+path}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/contents/"),
                __rt::reserved("path"),
            ],
        ),
        readme: __rt::Endpoint::get(
            &__API,
            "readme",
            "/repos/{owner}/{repo}/readme{?ref}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/readme"),
                __rt::query("ref"),
            ],
        ),
        git_ref: __rt::Endpoint::get(
            &__API,
            "git_ref",
            "/repos/{owner}/{repo}/git/ref/{+name}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/git/ref/"),
                __rt::reserved("name"),
            ],
        ),
        create_ref: __rt::Endpoint::post(
            &__API,
            "create_ref",
            "/repos/{owner}/{repo}/git/refs",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/git/refs"),
            ],
        ),
        update_ref: __rt::Endpoint::patch(
            &__API,
            "update_ref",
            "/repos/{owner}/{repo}/git/refs/{+name}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/git/refs/"),
                __rt::reserved("name"),
            ],
        ),
        delete_ref: __rt::Endpoint::delete(
            &__API,
            "delete_ref",
            "/repos/{owner}/{repo}/git/refs/{+name}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/git/refs/"),
                __rt::reserved("name"),
            ],
        ),
        search_repos: __rt::Endpoint::get(
            &__API,
            "search_repos",
            "/search/repositories{?q,sort,order}",
            &[
                __rt::lit("/search/repositories"),
                __rt::query("q"),
                __rt::query("sort").next(),
                __rt::query("order").next(),
                __rt::query("page").explode(),
            ],
        ),
        search_issues: __rt::Endpoint::get(
            &__API,
            "search_issues",
            "/search/issues{?q}",
            &[
                __rt::lit("/search/issues"),
                __rt::query("q"),
                __rt::query("page").explode(),
            ],
        ),
        search_code: __rt::Endpoint::get(
            &__API,
            "search_code",
            "/search/code{?q}",
            &[__rt::lit("/search/code"), __rt::query("q"), __rt::query("page").explode()],
        ),
        gists: __rt::Endpoint::get(
            &__API,
            "gists",
            "/gists{?since}",
            &[__rt::lit("/gists"), __rt::query("since"), __rt::query("page").explode()],
        ),
        gist: __rt::Endpoint::get(
            &__API,
            "gist",
            "/gists/{id}",
            &[__rt::lit("/gists/"), __rt::var("id")],
        ),
        create_gist: __rt::Endpoint::post(
            &__API,
            "create_gist",
            "/gists",
            &[__rt::lit("/gists")],
        ),
        star_gist: __rt::Endpoint::put(
            &__API,
            "star_gist",
            "/gists/{id}/star",
            &[__rt::lit("/gists/"), __rt::var("id"), __rt::lit("/star")],
        ),
        delete_gist: __rt::Endpoint::delete(
            &__API,
            "delete_gist",
            "/gists/{id}",
            &[__rt::lit("/gists/"), __rt::var("id")],
        ),
        reactions: __rt::Endpoint::get(
            &__API,
            "reactions",
            "/repos/{owner}/{repo}/issues/{number}/reactions{?content}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues/"),
                __rt::var("number"),
                __rt::lit("/reactions"),
                __rt::query("content"),
            ],
        ),
        react: __rt::Endpoint::post(
            &__API,
            "react",
            "/repos/{owner}/{repo}/issues/{number}/reactions",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/issues/"),
                __rt::var("number"),
                __rt::lit("/reactions"),
            ],
        ),
        members: __rt::Endpoint::get(
            &__API,
            "members",
            "/orgs/{org}/members{?role}",
            &[
                __rt::lit("/orgs/"),
                __rt::var("org"),
                __rt::lit("/members"),
                __rt::query("role"),
                __rt::query("page").explode(),
            ],
        ),
        check_member: __rt::Endpoint::get(
            &__API,
            "check_member",
            "/orgs/{org}/members/{username}",
            &[
                __rt::lit("/orgs/"),
                __rt::var("org"),
                __rt::lit("/members/"),
                __rt::var("username"),
            ],
        ),
        runs: __rt::Endpoint::get(
            &__API,
            "runs",
            "/repos/{owner}/{repo}/actions/runs{?branch,status}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/actions/runs"),
                __rt::query("branch"),
                __rt::query("status").next(),
                __rt::query("page").explode(),
            ],
        ),
        run: __rt::Endpoint::get(
            &__API,
            "run",
            "/repos/{owner}/{repo}/actions/runs/{id}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/actions/runs/"),
                __rt::var("id"),
            ],
        ),
        cancel_run: __rt::Endpoint::post(
            &__API,
            "cancel_run",
            "/repos/{owner}/{repo}/actions/runs/{id}/cancel",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/actions/runs/"),
                __rt::var("id"),
                __rt::lit("/cancel"),
            ],
        ),
        releases: __rt::Endpoint::get(
            &__API,
            "releases",
            "/repos/{owner}/{repo}/releases",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/releases"),
                __rt::query("page").explode(),
            ],
        ),
        latest_release: __rt::Endpoint::get(
            &__API,
            "latest_release",
            "/repos/{owner}/{repo}/releases/latest",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/releases/latest"),
            ],
        ),
        create_release: __rt::Endpoint::post(
            &__API,
            "create_release",
            "/repos/{owner}/{repo}/releases",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/releases"),
            ],
        ),
        delete_release: __rt::Endpoint::delete(
            &__API,
            "delete_release",
            "/repos/{owner}/{repo}/releases/{id}",
            &[
                __rt::lit("/repos/"),
                __rt::var("owner"),
                __rt::lit("/"),
                __rt::var("repo"),
                __rt::lit("/releases/"),
                __rt::var("id"),
            ],
        ),
        me: __rt::Endpoint::get(&__API, "me", "/user", &[__rt::lit("/user")]),
        user: __rt::Endpoint::get(
            &__API,
            "user",
            "/users/{username}",
            &[__rt::lit("/users/"), __rt::var("username")],
        ),
        followers: __rt::Endpoint::get(
            &__API,
            "followers",
            "/users/{username}/followers",
            &[
                __rt::lit("/users/"),
                __rt::var("username"),
                __rt::lit("/followers"),
                __rt::query("page").explode(),
            ],
        ),
        zen: __rt::Endpoint::get(&__API, "zen", "/zen", &[__rt::lit("/zen")]),
    };
    static __ALL: &[&__rt::Endpoint] = &[
        &__ENDPOINTS.repo,
        &__ENDPOINTS.update_repo,
        &__ENDPOINTS.org_repos,
        &__ENDPOINTS.topics,
        &__ENDPOINTS.replace_topics,
        &__ENDPOINTS.languages,
        &__ENDPOINTS.contributors,
        &__ENDPOINTS.issues,
        &__ENDPOINTS.create_issue,
        &__ENDPOINTS.issue,
        &__ENDPOINTS.update_issue,
        &__ENDPOINTS.lock_issue,
        &__ENDPOINTS.unlock_issue,
        &__ENDPOINTS.comments,
        &__ENDPOINTS.create_comment,
        &__ENDPOINTS.update_comment,
        &__ENDPOINTS.delete_comment,
        &__ENDPOINTS.labels,
        &__ENDPOINTS.create_label,
        &__ENDPOINTS.add_labels,
        &__ENDPOINTS.remove_label,
        &__ENDPOINTS.pulls,
        &__ENDPOINTS.pull,
        &__ENDPOINTS.create_pull,
        &__ENDPOINTS.merge_pull,
        &__ENDPOINTS.pull_files,
        &__ENDPOINTS.reviews,
        &__ENDPOINTS.create_review,
        &__ENDPOINTS.file,
        &__ENDPOINTS.write_file,
        &__ENDPOINTS.delete_file,
        &__ENDPOINTS.readme,
        &__ENDPOINTS.git_ref,
        &__ENDPOINTS.create_ref,
        &__ENDPOINTS.update_ref,
        &__ENDPOINTS.delete_ref,
        &__ENDPOINTS.search_repos,
        &__ENDPOINTS.search_issues,
        &__ENDPOINTS.search_code,
        &__ENDPOINTS.gists,
        &__ENDPOINTS.gist,
        &__ENDPOINTS.create_gist,
        &__ENDPOINTS.star_gist,
        &__ENDPOINTS.delete_gist,
        &__ENDPOINTS.reactions,
        &__ENDPOINTS.react,
        &__ENDPOINTS.members,
        &__ENDPOINTS.check_member,
        &__ENDPOINTS.runs,
        &__ENDPOINTS.run,
        &__ENDPOINTS.cancel_run,
        &__ENDPOINTS.releases,
        &__ENDPOINTS.latest_release,
        &__ENDPOINTS.create_release,
        &__ENDPOINTS.delete_release,
        &__ENDPOINTS.me,
        &__ENDPOINTS.user,
        &__ENDPOINTS.followers,
        &__ENDPOINTS.zen,
    ];
    #[automatically_derived]
    #[allow(dead_code)]
    impl __Endpoints {
        /// All of them, in the order of the trait.
        pub fn iter(
            &self,
        ) -> impl ::core::iter::Iterator<Item = &'static __rt::Endpoint> {
            ::core::iter::Iterator::copied(__ALL.iter())
        }
    }
    #[allow(dead_code)]
    impl GitHubClient {
        /// The endpoints as data: verb, template, name.
        pub const ENDPOINTS: &'static __Endpoints = &__ENDPOINTS;
        /// A client with the default settings.
        ///
        /// # Errors
        ///
        /// If the base URL is missing or wrong, or if the transport cannot be made.
        pub fn new() -> ::core::result::Result<Self, __rt::Error> {
            Self::builder().build()
        }
        ::apiclient::__from_config! {
            pub fn from_config
        }
        /// Settings for a client of [`GitHub`].
        pub fn builder() -> __rt::ClientBuilder<Self> {
            __rt::builder()
        }
        /// A client on connections, clock and settings that others share.
        #[must_use]
        pub fn from_client(client: __rt::Client) -> Self {
            Self {
                client: __rt::bind(&client, &__API),
            }
        }
        /// What this client stands on.
        #[must_use]
        pub fn client(&self) -> &__rt::Client {
            &self.client
        }
    }
    #[automatically_derived]
    impl __rt::ApiClient for GitHubClient {
        const API: ::core::option::Option<&'static __rt::Api> = ::core::option::Option::Some(
            &__API,
        );
        fn from_client(client: __rt::Client) -> Self {
            GitHubClient::from_client(client)
        }
    }
    #[automatically_derived]
    #[allow(deprecated)]
    impl GitHub for GitHubClient {
        fn repo(&self, owner: &str, repo: &str) -> __rt::CallOf<Result<Repo>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.repo, &[&owner, &repo]))
        }
        fn update_repo(
            &self,
            owner: &str,
            repo: &str,
            change: &RepoChange<'_>,
        ) -> __rt::CallOf<Result<Repo>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.update_repo, &[&owner, &repo])
                    .json(&change),
            )
        }
        fn org_repos(
            &self,
            org: &str,
            r#type: Option<&str>,
            sort: Option<&str>,
            page: Page,
        ) -> __rt::CallOf<Result<Vec<Repo>>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.org_repos,
                    &[&org, &r#type, &sort, &page],
                ),
            )
        }
        fn topics(&self, owner: &str, repo: &str) -> __rt::CallOf<Result<Topics>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.topics, &[&owner, &repo]))
        }
        fn replace_topics(
            &self,
            owner: &str,
            repo: &str,
            topics: &Topics,
        ) -> __rt::CallOf<Result<Topics>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.replace_topics, &[&owner, &repo])
                    .json(&topics),
            )
        }
        fn languages(
            &self,
            owner: &str,
            repo: &str,
        ) -> __rt::CallOf<Result<BTreeMap<String, u64>>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.languages, &[&owner, &repo]),
            )
        }
        fn contributors(
            &self,
            owner: &str,
            repo: &str,
            anon: Option<bool>,
            page: Page,
        ) -> __rt::CallOf<Result<Vec<Contributor>>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.contributors,
                    &[&owner, &repo, &anon, &page],
                ),
            )
        }
        fn issues(
            &self,
            owner: &str,
            repo: &str,
            filter: &IssueFilter<'_>,
        ) -> __rt::CallOf<Result<Vec<Issue>>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.issues, &[&owner, &repo, &filter]),
            )
        }
        fn create_issue(
            &self,
            owner: &str,
            repo: &str,
            issue: &NewIssue<'_>,
        ) -> __rt::CallOf<Result<Issue>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.create_issue, &[&owner, &repo])
                    .json(&issue),
            )
        }
        fn issue(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
        ) -> __rt::CallOf<Result<Issue>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.issue, &[&owner, &repo, &number]),
            )
        }
        fn update_issue(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
            change: &IssueChange<'_>,
        ) -> __rt::CallOf<Result<Issue>> {
            __rt::finish(
                __rt::call(
                        &self.client,
                        &__ENDPOINTS.update_issue,
                        &[&owner, &repo, &number],
                    )
                    .json(&change),
            )
        }
        fn lock_issue(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
            reason: Option<&LockReason>,
        ) -> __rt::CallOf<Result<()>> {
            __rt::finish(
                __rt::call(
                        &self.client,
                        &__ENDPOINTS.lock_issue,
                        &[&owner, &repo, &number],
                    )
                    .json(&reason),
            )
        }
        fn unlock_issue(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
        ) -> __rt::CallOf<Result<()>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.unlock_issue,
                    &[&owner, &repo, &number],
                ),
            )
        }
        fn comments(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
            page: Page,
        ) -> __rt::CallOf<Result<Vec<Comment>>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.comments,
                    &[&owner, &repo, &number, &page],
                ),
            )
        }
        fn create_comment(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
            comment: &NewComment<'_>,
        ) -> __rt::CallOf<Result<Comment>> {
            __rt::finish(
                __rt::call(
                        &self.client,
                        &__ENDPOINTS.create_comment,
                        &[&owner, &repo, &number],
                    )
                    .json(&comment),
            )
        }
        fn update_comment(
            &self,
            owner: &str,
            repo: &str,
            id: u64,
            comment: &NewComment<'_>,
        ) -> __rt::CallOf<Result<Comment>> {
            __rt::finish(
                __rt::call(
                        &self.client,
                        &__ENDPOINTS.update_comment,
                        &[&owner, &repo, &id],
                    )
                    .json(&comment),
            )
        }
        fn delete_comment(
            &self,
            owner: &str,
            repo: &str,
            id: u64,
        ) -> __rt::CallOf<Result<()>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.delete_comment,
                    &[&owner, &repo, &id],
                ),
            )
        }
        fn labels(
            &self,
            owner: &str,
            repo: &str,
            page: Page,
        ) -> __rt::CallOf<Result<Vec<Label>>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.labels, &[&owner, &repo, &page]),
            )
        }
        fn create_label(
            &self,
            owner: &str,
            repo: &str,
            label: &NewLabel<'_>,
        ) -> __rt::CallOf<Result<Label>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.create_label, &[&owner, &repo])
                    .json(&label),
            )
        }
        fn add_labels(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
            labels: &Labels<'_>,
        ) -> __rt::CallOf<Result<Vec<Label>>> {
            __rt::finish(
                __rt::call(
                        &self.client,
                        &__ENDPOINTS.add_labels,
                        &[&owner, &repo, &number],
                    )
                    .json(&labels),
            )
        }
        fn remove_label(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
            name: &str,
        ) -> __rt::CallOf<Result<Vec<Label>>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.remove_label,
                    &[&owner, &repo, &number, &name],
                ),
            )
        }
        fn pulls(
            &self,
            owner: &str,
            repo: &str,
            state: Option<State>,
            base: Option<&str>,
            page: Page,
        ) -> __rt::CallOf<Result<Vec<Pull>>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.pulls,
                    &[&owner, &repo, &state, &base, &page],
                ),
            )
        }
        fn pull(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
        ) -> __rt::CallOf<Result<Pull>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.pull, &[&owner, &repo, &number]),
            )
        }
        fn create_pull(
            &self,
            owner: &str,
            repo: &str,
            pull: &NewPull<'_>,
        ) -> __rt::CallOf<Result<Pull>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.create_pull, &[&owner, &repo])
                    .json(&pull),
            )
        }
        fn merge_pull(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
            merge: &Merge<'_>,
        ) -> __rt::CallOf<Result<Merged>> {
            __rt::finish(
                __rt::call(
                        &self.client,
                        &__ENDPOINTS.merge_pull,
                        &[&owner, &repo, &number],
                    )
                    .json(&merge),
            )
        }
        fn pull_files(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
            page: Page,
        ) -> __rt::CallOf<Result<Vec<ChangedFile>>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.pull_files,
                    &[&owner, &repo, &number, &page],
                ),
            )
        }
        fn reviews(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
        ) -> __rt::CallOf<Result<Vec<Review>>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.reviews, &[&owner, &repo, &number]),
            )
        }
        fn create_review(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
            review: &NewReview<'_>,
        ) -> __rt::CallOf<Result<Review>> {
            __rt::finish(
                __rt::call(
                        &self.client,
                        &__ENDPOINTS.create_review,
                        &[&owner, &repo, &number],
                    )
                    .json(&review),
            )
        }
        fn file(
            &self,
            owner: &str,
            repo: &str,
            path: &str,
            r#ref: Option<&str>,
        ) -> __rt::CallOf<Result<File>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.file,
                    &[&owner, &repo, &path, &r#ref],
                ),
            )
        }
        fn write_file(
            &self,
            owner: &str,
            repo: &str,
            path: &str,
            file: &NewFile<'_>,
        ) -> __rt::CallOf<Result<Committed>> {
            __rt::finish(
                __rt::call(
                        &self.client,
                        &__ENDPOINTS.write_file,
                        &[&owner, &repo, &path],
                    )
                    .json(&file),
            )
        }
        fn delete_file(
            &self,
            owner: &str,
            repo: &str,
            path: &str,
            file: &OldFile<'_>,
        ) -> __rt::CallOf<Result<Committed>> {
            __rt::finish(
                __rt::call(
                        &self.client,
                        &__ENDPOINTS.delete_file,
                        &[&owner, &repo, &path],
                    )
                    .json(&file),
            )
        }
        fn readme(
            &self,
            owner: &str,
            repo: &str,
            r#ref: Option<&str>,
        ) -> __rt::CallOf<Result<File>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.readme, &[&owner, &repo, &r#ref]),
            )
        }
        fn git_ref(
            &self,
            owner: &str,
            repo: &str,
            name: &str,
        ) -> __rt::CallOf<Result<Ref>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.git_ref, &[&owner, &repo, &name]),
            )
        }
        fn create_ref(
            &self,
            owner: &str,
            repo: &str,
            git_ref: &NewRef<'_>,
        ) -> __rt::CallOf<Result<Ref>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.create_ref, &[&owner, &repo])
                    .json(&git_ref),
            )
        }
        fn update_ref(
            &self,
            owner: &str,
            repo: &str,
            name: &str,
            change: &RefChange<'_>,
        ) -> __rt::CallOf<Result<Ref>> {
            __rt::finish(
                __rt::call(
                        &self.client,
                        &__ENDPOINTS.update_ref,
                        &[&owner, &repo, &name],
                    )
                    .json(&change),
            )
        }
        fn delete_ref(
            &self,
            owner: &str,
            repo: &str,
            name: &str,
        ) -> __rt::CallOf<Result<()>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.delete_ref,
                    &[&owner, &repo, &name],
                ),
            )
        }
        fn search_repos(
            &self,
            q: &str,
            sort: Option<&str>,
            order: Option<&str>,
            page: Page,
        ) -> __rt::CallOf<Result<Found<Repo>>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.search_repos,
                    &[&q, &sort, &order, &page],
                ),
            )
        }
        fn search_issues(
            &self,
            q: &str,
            page: Page,
        ) -> __rt::CallOf<Result<Found<Issue>>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.search_issues, &[&q, &page]),
            )
        }
        fn search_code(
            &self,
            q: &str,
            page: Page,
        ) -> __rt::CallOf<Result<Found<CodeMatch>>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.search_code, &[&q, &page]),
            )
        }
        fn gists(
            &self,
            since: Option<&str>,
            page: Page,
        ) -> __rt::CallOf<Result<Vec<Gist>>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.gists, &[&since, &page]))
        }
        fn gist(&self, id: &str) -> __rt::CallOf<Result<Gist>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.gist, &[&id]))
        }
        fn create_gist(&self, gist: &NewGist<'_>) -> __rt::CallOf<Result<Gist>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.create_gist, &[]).json(&gist),
            )
        }
        fn star_gist(&self, id: &str) -> __rt::CallOf<Result<()>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.star_gist, &[&id]))
        }
        fn delete_gist(&self, id: &str) -> __rt::CallOf<Result<()>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.delete_gist, &[&id]))
        }
        fn reactions(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
            content: Option<ReactionKind>,
        ) -> __rt::CallOf<Result<Vec<Reaction>>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.reactions,
                    &[&owner, &repo, &number, &content],
                ),
            )
        }
        fn react(
            &self,
            owner: &str,
            repo: &str,
            number: u64,
            reaction: &NewReaction,
        ) -> __rt::CallOf<Result<Reaction>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.react, &[&owner, &repo, &number])
                    .json(&reaction),
            )
        }
        fn members(
            &self,
            org: &str,
            role: Option<&str>,
            page: Page,
        ) -> __rt::CallOf<Result<Vec<User>>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.members, &[&org, &role, &page]),
            )
        }
        fn check_member(&self, org: &str, username: &str) -> __rt::CallOf<Result<()>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.check_member, &[&org, &username]),
            )
        }
        fn runs(
            &self,
            owner: &str,
            repo: &str,
            branch: Option<&str>,
            status: Option<&str>,
            page: Page,
        ) -> __rt::CallOf<Result<Runs>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.runs,
                    &[&owner, &repo, &branch, &status, &page],
                ),
            )
        }
        fn run(&self, owner: &str, repo: &str, id: u64) -> __rt::CallOf<Result<Run>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.run, &[&owner, &repo, &id]),
            )
        }
        fn cancel_run(
            &self,
            owner: &str,
            repo: &str,
            id: u64,
        ) -> __rt::CallOf<Result<()>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.cancel_run, &[&owner, &repo, &id]),
            )
        }
        fn releases(
            &self,
            owner: &str,
            repo: &str,
            page: Page,
        ) -> __rt::CallOf<Result<Vec<Release>>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.releases, &[&owner, &repo, &page]),
            )
        }
        fn latest_release(
            &self,
            owner: &str,
            repo: &str,
        ) -> __rt::CallOf<Result<Release>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.latest_release, &[&owner, &repo]),
            )
        }
        fn create_release(
            &self,
            owner: &str,
            repo: &str,
            release: &NewRelease<'_>,
        ) -> __rt::CallOf<Result<Release>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.create_release, &[&owner, &repo])
                    .json(&release),
            )
        }
        fn delete_release(
            &self,
            owner: &str,
            repo: &str,
            id: u64,
        ) -> __rt::CallOf<Result<()>> {
            __rt::finish(
                __rt::call(
                    &self.client,
                    &__ENDPOINTS.delete_release,
                    &[&owner, &repo, &id],
                ),
            )
        }
        fn me(&self) -> __rt::CallOf<Result<User>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.me, &[]))
        }
        fn user(&self, username: &str) -> __rt::CallOf<Result<User>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.user, &[&username]))
        }
        fn followers(
            &self,
            username: &str,
            page: Page,
        ) -> __rt::CallOf<Result<Vec<User>>> {
            __rt::finish(
                __rt::call(&self.client, &__ENDPOINTS.followers, &[&username, &page]),
            )
        }
        fn zen(&self) -> __rt::CallOf<Result<String>> {
            __rt::finish(__rt::call(&self.client, &__ENDPOINTS.zen, &[]))
        }
    }
};
