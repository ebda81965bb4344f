import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

import { homePath } from '@/menu'
import { isStaff, loadSession, session } from '@/session'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
    /** Open without a session. */
    isOpen?: boolean
    /** Open to staff as well, who have no enterprise. */
    isForAll?: boolean
  }
}

const account = () => import('@/layouts/AccountLayout.vue')
const console_ = () => import('@/layouts/ConsoleLayout.vue')

const entry = () => import('@/pages/console/entry/EntryPage.vue')

const routes: RouteRecordRaw[] = [
  {
    path: '/',
    component: console_,
    children: [
      // 登录后默认进入企业标准录入 (手册 3.1).
      { path: '', component: () => import('@/pages/console/MissingPage.vue'), beforeEnter: () => homePath(), meta: { title: '首页', isForAll: true } },
      { path: 'profile', component: () => import('@/pages/console/ProfilePage.vue'), meta: { title: '用户管理', isForAll: true } },
      { path: 'messages', component: () => import('@/pages/console/MessagesPage.vue'), meta: { title: '消息', isForAll: true } },
      { path: 'declarations/:kind(national|industry|local|enterprise|group)', component: () => import('@/pages/console/declarations/ListPage.vue'), meta: { title: '企业产品标准公开列表' } },
      { path: 'declarations/new/:kind(national|industry|local|enterprise|group)', name: 'entry', component: entry, meta: { title: '标准录入' } },
      { path: 'declarations/:id/edit', name: 'edit', component: entry, meta: { title: '标准录入' } },
      { path: 'declarations/:id/correct', name: 'correction', component: entry, meta: { title: '修改已公开的标准' } },
      { path: 'declarations/view/:id', name: 'declaration', component: () => import('@/pages/console/declarations/ViewPage.vue'), meta: { title: '标准查看' } },
      { path: 'declarations/:id/products', component: () => import('@/pages/console/declarations/ProductsPage.vue'), meta: { title: '关联产品' } },
      { path: 'declarations/reviews', component: () => import('@/pages/console/ReviewsPage.vue'), meta: { title: '复核提醒' } },
      { path: 'missing-standards', component: () => import('@/pages/console/MissingStandardsPage.vue'), meta: { title: '标准目录反馈' } },
      { path: 'team', component: () => import('@/pages/console/team/TeamPage.vue'), meta: { title: '成员' } },
      { path: 'machine-keys', component: () => import('@/pages/console/team/KeysPage.vue'), meta: { title: '接口密钥' } },
      { path: 'export', component: () => import('@/pages/console/team/ExportPage.vue'), meta: { title: '数据导出' } },
      { path: 'audit', component: () => import('@/pages/console/team/AuditPage.vue'), meta: { title: '操作记录' } },
      { path: 'sessions', component: () => import('@/pages/console/SessionsPage.vue'), meta: { title: '登录与注销', isForAll: true } },
      { path: ':rest(.*)', component: () => import('@/pages/console/MissingPage.vue'), meta: { title: '没有这个页面', isForAll: true } },
    ],
  },
  {
    path: '/',
    component: account,
    children: [
      { path: 'login', component: () => import('@/pages/account/LogInPage.vue'), meta: { title: '登录', isOpen: true } },
      { path: 'register', component: () => import('@/pages/account/RegisterPage.vue'), meta: { title: '新用户注册', isOpen: true } },
      { path: 'invitations/:token', component: () => import('@/pages/account/InvitationPage.vue'), meta: { title: '接受邀请', isOpen: true } },
      { path: 'recover/password', component: () => import('@/pages/account/RecoverPasswordPage.vue'), meta: { title: '找回密码', isOpen: true } },
      { path: 'recover/username', component: () => import('@/pages/account/RecoverUsernamePage.vue'), meta: { title: '找回用户名', isOpen: true } },
    ],
  },
]

export const router = createRouter({
  history: createWebHistory('/app/'),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach(async (to) => {
  if (to.meta.isOpen) return true
  if (!session.isKnown) await loadSession().catch(() => null)
  if (session.user !== null) return !isStaff.value || to.meta.isForAll ? true : '/profile'
  return { path: '/login', query: { to: to.fullPath } }
})

router.afterEach((to) => {
  document.title = `${to.meta.title} - 企业标准信息公共服务平台`
})
